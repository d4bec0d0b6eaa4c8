import type { AskedPolicy } from '../domain/asked-policy.ts'
import { MAX_ASKED_CHARACTERS, MAX_ASKED_POLICIES } from '../domain/asked-policy.ts'
import type { ErrorCode } from '../errors.ts'

export type ReadAskedPolicy =
  | { readonly ok: true; readonly policy: AskedPolicy | null }
  | { readonly ok: false; readonly code: ErrorCode }

const NAME = /^[\w+=,.@-]{1,128}$/

/**
 * What a caller asks its session to be narrowed to, from whichever door: a document as text, and ARNs of policies of this
 * account, `arn:aws:iam::<account>:policy/<name>@<version>`. null: nothing was asked. An empty document is refused,
 * whatever RFC 6749 §3.2 says of empty parameters: a script with an empty variable meant less than the whole role.
 */
export function readAskedPolicy(sent: {
  readonly policy: string | null
  readonly policyArns: readonly string[]
  readonly account: string
}): ReadAskedPolicy {
  const { policy, policyArns, account } = sent
  if (policy === null && policyArns.length === 0) return { ok: true, policy: null }
  if (policy !== null && policy.trim() === '') return { ok: false, code: 'asked_policy_malformed' }
  if ((policy?.length ?? 0) > MAX_ASKED_CHARACTERS || policyArns.length > MAX_ASKED_POLICIES)
    return { ok: false, code: 'asked_policy_too_large' }
  const prefix = `arn:aws:iam::${account}:policy/`
  const names = policyArns.map((arn) => (arn.startsWith(prefix) ? arn.slice(prefix.length) : ''))
  // A policy of another account, or one of AWS's own, is none of ours.
  if (!names.every((name) => NAME.test(name))) return { ok: false, code: 'asked_policy_unknown' }
  return {
    ok: true,
    policy: { documents: policy === null ? [] : [policy], policies: [...new Set(names)] },
  }
}

import type { Actor } from '../domain/audit-event.ts'
import { VendorError } from '../errors.ts'
import type { AssumptionId, RequestId } from '../ids.ts'
import type { AuditLog, KeyStanding, Rekeying } from '../ports.ts'

export type RekeyDeps = {
  readonly audit: Pick<AuditLog, 'append'>
  readonly rekeying: (target: string, compromised: boolean) => Rekeying | null
  readonly newCanary: () => AssumptionId
}

export type RekeyAsk = {
  readonly target: string
  readonly compromised: boolean
  readonly actor: Actor
  readonly request: RequestId
  readonly reason: string
}

export type RekeyReport = {
  readonly target: string
  readonly thumbprint: string
  readonly replaces: string
  readonly compromised: boolean
  readonly newKey: KeyStanding
  readonly oldKey: KeyStanding | null
}

/**
 * Gives a target a new signing key and asks the store about it. Recorded before the old key is gone, and again with
 * what the store said. A compromised key is replaced under its own kid, so that the store forgets it. Sessions live on:
 * whoever had the key may have minted some under subjects that nobody here knows, and only a base policy that denies
 * everything ends those. Throws `not_found`, `audit_unavailable`.
 */
export async function rekey(deps: RekeyDeps, ask: RekeyAsk): Promise<RekeyReport> {
  const { target, compromised, request } = ask
  const rekeying = deps.rekeying(target, compromised)
  if (rekeying === null) throw new VendorError('not_found')
  const { thumbprint, replaces } = rekeying
  await deps.audit.append({ type: 'secret.rotating', thumbprint, replaces, ...ask })
  rekeying.use()
  const canary = deps.newCanary()
  const proof = await rekeying.prove(canary)
  await deps.audit.append({ type: 'secret.rotated', target, thumbprint, request, canary, ...proof })
  return { target, thumbprint, replaces, compromised, ...proof }
}

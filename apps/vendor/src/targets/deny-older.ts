import type { Ending } from '../ports.ts'
import type { IamDeps } from './iam-call.ts'
import { callIam, policyOf } from './iam-call.ts'

/** The name of our own inline policy on the role; nothing else may stand in it. */
const DENY_OLDER_POLICY = 'StintDenyOlderSessions'

/**
 * Denies everything to every session of a role that is older than now (IAM User Guide, `id_roles_use_revoke-sessions`).
 * It ends them all, whoever's they are, and none can be proved by itself: the store answers a dead session and one that
 * may not do what it asks alike. So the best answer is `unproved`, and `denied_older` says that the Deny stands at the
 * store as it was read back. The store's own clock decides what is older, so the instant is taken from its answer.
 */
export async function denyOlder(iam: IamDeps, roleArn: string): Promise<Ending> {
  const at = { RoleName: roleArn.slice(roleArn.lastIndexOf('/') + 1), PolicyName: DENY_OLDER_POLICY }
  const before = await callIam(iam, 'GetRolePolicy', at)
  if (!before.ok && before.errorCode !== 'NoSuchEntity') return failed(`not_read_${before.errorCode}`)
  const standing = before.ok ? cutOf(policyOf(before.body)) : null
  // Issue times are whole seconds: what was given in this one is older than the next. Never earlier than what stands.
  const nowMs = Math.max(iam.clock.nowMs(), before.dateMs ?? 0)
  const cutMs = Math.max((Math.floor(nowMs / 1000) + 1) * 1000, standing ?? 0)
  const document = JSON.stringify(denyDocument(cutMs))
  const written = await callIam(iam, 'PutRolePolicy', { ...at, PolicyDocument: document })
  if (!written.ok) return failed(`not_written_${written.errorCode}`)
  const after = await callIam(iam, 'GetRolePolicy', at)
  if (!after.ok) return failed(`not_read_back_${after.errorCode}`)
  const cut = cutOf(policyOf(after.body))
  return cut !== null && cut >= cutMs ? { proof: 'unproved', detail: 'denied_older' } : failed('not_there')
}

function failed(detail: string): Ending {
  return { proof: 'failed', detail: `deny_${detail}` }
}

function denyDocument(cutMs: number): object {
  const cut = new Date(cutMs).toISOString().replace('.000Z', 'Z')
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: { DateLessThan: { 'aws:TokenIssueTime': cut } },
      },
    ],
  }
}

/** The instant of a policy that is one of ours, or null. */
function cutOf(document: unknown): number | null {
  const text = /"Effect":"Deny".*"DateLessThan":\{"aws:TokenIssueTime":\[?"([^"]+)"/.exec(
    JSON.stringify(document) ?? '',
  )?.[1]
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? null : ms
}

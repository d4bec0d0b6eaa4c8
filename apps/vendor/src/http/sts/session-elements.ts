import type { Session } from '../../flows/issue.ts'
import type { Element } from './print.ts'

/** `Credentials` first. */
export type SessionElements = readonly [Element, ...(readonly Element[])]

/** What a session policy may have (AWS STS, "Limits"): PackedPolicySize is a share of it. */
const POLICY_LIMIT = 2048

/**
 * `Credentials`, `AssumedRoleUser` and `PackedPolicySize`, as every SDK reads them: account ids are cut from the fifth
 * field of the ARN, and botocore takes no fraction of a percent.
 */
export function sessionElements(session: Session, account: string): SessionElements {
  const { minted, roleName, sessionName } = session
  return [
    [
      'Credentials',
      [
        ['AccessKeyId', minted.accessKeyId],
        ['SecretAccessKey', minted.secretAccessKey.reveal()],
        ['SessionToken', minted.sessionToken.reveal()],
        ['Expiration', { atMs: minted.expiresMs }],
      ],
    ],
    [
      'AssumedRoleUser',
      [
        ['AssumedRoleId', assumedRoleId(roleName, sessionName)],
        ['Arn', assumedRoleArn({ account, roleName, sessionName })],
      ],
    ],
    ['PackedPolicySize', Math.ceil((100 * session.policyLength) / POLICY_LIMIT)],
  ]
}

/** `arn:aws:sts::<account>:assumed-role/<role>/<session>`. */
export function assumedRoleArn(of: {
  readonly account: string
  readonly roleName: string
  readonly sessionName: string
}): string {
  return `arn:aws:sts::${of.account}:assumed-role/${of.roleName}/${of.sessionName}`
}

/** A role has no id beside its name here; `AROA` is what AWS's begin with. */
export function assumedRoleId(roleName: string, sessionName: string): string {
  return `AROA-${roleName}:${sessionName}`
}

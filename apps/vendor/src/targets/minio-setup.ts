import { MAX_LIFETIME_SECONDS, STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import type { SetupInput, TargetSetup } from './adapter.ts'
import { memberOf } from './adapter.ts'
import { basePolicyName, clientIdOf } from './role-arn.ts'
import { issuerUrlOf } from './target-key.ts'
import { probeNotes, wallNotes, wallOf, wallOfProbe } from './wall.ts'

/** For issued identity: the same again as members, for those who set a store up by a program. */
export type MinioSetup = TargetSetup & {
  readonly configUrl: string
  readonly clientId: string
  readonly policyName: string
  readonly basePolicy: object
}

/** What makes an existing MinIO serve Stint, in each of its modes. */
export function minioSetup(input: SetupInput): TargetSetup {
  const { target, body, reaches } = input
  const { kind, mode, endpoint } = body
  const head = { target, kind, mode, endpoint }
  const notes = [...wallNotes(reaches), ...probeNotes(body.probe)]
  switch (mode) {
    case 'issued-identity':
      return issuedIdentity(input)
    case 'assume-role':
      return { ...head, steps: plainUserSteps(input), notes: [...PLAIN_USER_NOTES, ...notes] }
    case 'pass-through':
      return {
        ...head,
        steps: [],
        notes: [`Stint asks for ${memberOf(body, 'roleArn')}`, ...PASS_THROUGH_NOTES],
      }
  }
}

/**
 * Its environment and the base policy, which also denies any session longer than the longest of the roles: our token
 * could be replayed to ask for a year.
 */
function issuedIdentity({ target, body, publicUrl, reaches }: SetupInput): MinioSetup {
  const { kind, mode, endpoint } = body
  const configUrl = `${issuerUrlOf(publicUrl, target)}/.well-known/openid-configuration`
  const clientId = clientIdOf(target)
  const policyName = basePolicyName(target)
  const longest = Math.max(
    STORE_FLOOR_SECONDS,
    ...reaches.map(({ maxLifetimeSeconds }) => maxLifetimeSeconds),
  )
  const basePolicy = {
    Version: '2012-10-17',
    Statement: [
      ...wallOf(reaches),
      ...wallOfProbe(body.probe),
      {
        Effect: 'Deny',
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: { NumericGreaterThan: { 'sts:DurationSeconds': Math.min(longest, MAX_LIFETIME_SECONDS) } },
      },
    ],
  }
  const environment = `MINIO_IDENTITY_OPENID_CONFIG_URL=${configUrl}
MINIO_IDENTITY_OPENID_CLIENT_ID=${clientId}
# random, made now and kept nowhere: MinIO would accept tokens signed with it, so nobody should know it
MINIO_IDENTITY_OPENID_CLIENT_SECRET={{client-secret}}
MINIO_IDENTITY_OPENID_ROLE_POLICY=${policyName}`
  return {
    ...{ target, kind, mode, endpoint, configUrl, clientId, policyName, basePolicy },
    steps: [
      policyStep(policyName, basePolicy),
      {
        title: `the environment of MinIO at ${endpoint}; restart it afterwards, with Stint running`,
        text: environment,
      },
    ],
    notes: [
      'the store must trust no other identity provider: one key map of MinIO serves all of them',
      ...wallNotes(reaches),
      ...probeNotes(body.probe),
    ],
  }
}

function plainUserSteps({ target, body, reaches }: SetupInput): TargetSetup['steps'] {
  const { accessKeyId, secret } = memberOf(body, 'user')
  const policyName = basePolicyName(target)
  return [
    policyStep(policyName, {
      Version: '2012-10-17',
      Statement: [...wallOf(reaches), ...wallOfProbe(body.probe)],
    }),
    {
      title: 'the user, with that policy and no other',
      text: `mc admin user add ALIAS ${accessKeyId} {{client-secret}}
mc admin policy attach ALIAS ${policyName} --user ${accessKeyId}`,
    },
    {
      title: `its secret, for Stint: a file of 0400 in the folder of STINT_SECRETS, or a systemd credential, named ${secret}`,
      text: '{{client-secret}}',
    },
  ]
}

function policyStep(name: string, policy: object) {
  return {
    title: `the outer wall: save as ${name}.json, then: mc admin policy create ALIAS ${name} ${name}.json`,
    text: JSON.stringify(policy, null, 2),
  }
}

const PLAIN_USER_NOTES = [
  'any session of this user can end all of them; issued identity has a subject for each',
  'never the root user: its sessions have no wall',
]
const PASS_THROUGH_NOTES = [
  'whoever holds a token of the issuer can go to this store without Stint, for all that this role allows',
  'a session cannot be ended before it expires',
  'the way out: `mode: issued-identity`, and no other identity provider at the store',
]

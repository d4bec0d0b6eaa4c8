import type { TargetKindRow } from './target-kind.ts'

/** RGW and AWS count characters of the plain document; AWS packs it besides, in a way that it does not publish. */
const SHARED = {
  dialect: 'aws',
  policyBudgetBytes: 2048,
  ending: [
    { way: 'deny-older', needs: 'admin' },
    { way: 'expiry', needs: 'nothing' },
  ],
  oneCanEnd: 'only-itself',
  shortLifetimes: false,
  maxLifetimeSeconds: null,
  sessionTags: true,
  conditionsForgeable: false,
  provedOn: 'moto, which speaks like AWS, checks no token and confines nothing',
  unproved: [
    'everything, on AWS itself: what it does with our token, policy, tags and Deny stands in its documents',
    'the packed size of a session policy, until the first call',
    'how long a Deny takes to reach every region: minutes, as AWS says',
  ],
} as const

const MEMBERS = {
  region: 'required',
  endpoint: 'optional',
  iamEndpoint: 'optional',
  roleArn: 'required',
  maxSession: 'optional',
  sourceIdentity: 'optional',
  transitiveTags: 'optional',
  admin: 'optional',
} as const

/** AWS: asked through its SDK, over our own connections. */
export const AWS = {
  about: 'AWS STS',
  endpointOf: (region) => `https://sts.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`,
  modes: {
    'issued-identity': {
      members: MEMBERS,
      sheet: {
        ...SHARED,
        identity: 'issued',
        rotation: '`stint target rekey`; how soon AWS fetches our keys anew it does not publish',
      },
    },
    'assume-role': {
      members: { ...MEMBERS, user: 'optional', externalId: 'optional' },
      sheet: {
        ...SHARED,
        identity: 'own',
        rotation: 'that of the provider chain, or a new secret of the user in its file',
      },
    },
  },
} as const satisfies TargetKindRow

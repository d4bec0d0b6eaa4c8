import { DIALECTS } from '@stint/policy'
import type { TargetKindRow } from './target-kind.ts'

const SHARED = {
  dialect: 'minio',
  policyBudgetBytes: DIALECTS.minio.budget.max,
  maxLifetimeSeconds: 43_200,
  sessionTags: false,
  conditionsForgeable: true,
  provedOn: 'community MinIO',
  unproved: ['several nodes', 'AIStor, silo, RustFS'],
} as const

/** Its audit webhook tells of every request; its list names sessions of identity providers by their `sub`. */
const WATCHED = { intake: 'optional', reconcile: 'optional' } as const
const WEB_IDENTITY_MEMBERS = { endpoint: 'required', region: 'optional', ...WATCHED } as const

/** MinIO and its kin (community MinIO, silo, AIStor, RustFS). What a hostile holder can do there was tried live. */
export const MINIO = {
  about: 'MinIO and its kin',
  modes: {
    'issued-identity': {
      members: WEB_IDENTITY_MEMBERS,
      ownsEndpoint: true,
      sheet: {
        ...SHARED,
        identity: 'issued',
        ending: [{ way: 'own-sub', needs: 'nothing' }],
        oneCanEnd: 'only-itself',
        shortLifetimes: true,
        rotation: '`stint target rekey`, at any time; a compromised key dies under its own `kid`',
      },
    },
    'assume-role': {
      members: { endpoint: 'required', region: 'optional', user: 'required', intake: 'optional' },
      sheet: {
        ...SHARED,
        identity: 'own',
        ending: [{ way: 'revoke-tokens', needs: 'nothing' }],
        oneCanEnd: 'all-of-the-user',
        shortLifetimes: false,
        rotation: 'a new secret of the user, at the store and in its file; it counts at the next exchange',
      },
    },
    'pass-through': {
      members: {
        ...{ endpoint: 'required', region: 'optional', roleArn: 'required', accept: 'optional' },
        intake: 'optional',
      },
      ownsEndpoint: true,
      mustAccept: {
        code: 'pass_through',
        why: 'whoever holds a token of the issuer can go to this store without Stint, for all that its role allows',
      },
      sheet: {
        ...SHARED,
        identity: 'caller',
        ending: [{ way: 'expiry', needs: 'nothing' }],
        oneCanEnd: 'all-of-the-subject',
        shortLifetimes: false,
        rotation: 'there is no secret of ours',
      },
    },
  },
} as const satisfies TargetKindRow

import { MINIO_POLICY_BUDGET_BYTES } from '@stint/policy'
import type { TargetKindRow } from './target-kind.ts'

const WEB_IDENTITY_MEMBERS = { endpoint: 'required', region: 'optional' } as const

/** MinIO and its kin (community MinIO, silo, AIStor, RustFS). What a hostile holder can do there was tried live. */
export const MINIO = {
  about: 'MinIO and its kin',
  modes: {
    'issued-identity': {
      members: WEB_IDENTITY_MEMBERS,
      sheet: {
        dialect: 'minio',
        policyBudgetBytes: MINIO_POLICY_BUDGET_BYTES,
        identity: 'issued',
        ending: [{ way: 'own-sub', needs: 'nothing' }],
        oneCanEnd: 'only-itself',
        shortLifetimes: true,
        maxLifetimeSeconds: 43_200,
        conditionsForgeable: true,
        rotation: '`stint target rekey`, at any time; a compromised key dies under its own `kid`',
        provedOn: 'community MinIO',
        unproved: ['several nodes', 'AIStor, silo, RustFS'],
      },
    },
  },
} as const satisfies TargetKindRow

import type { TargetKindRow } from './target-kind.ts'

/** Ceph’s object gateway. What stands here was tried on 16.2 from Debian’s packages. */
export const RGW = {
  about: 'Ceph object gateway',
  modes: {
    'issued-identity': {
      members: {
        endpoint: 'required',
        region: 'optional',
        roleArn: 'required',
        maxSession: 'optional',
        admin: 'optional',
      },
      certificate: true,
      sheet: {
        dialect: 'rgw',
        policyBudgetBytes: 2048,
        identity: 'issued',
        ending: [
          { way: 'deny-older', needs: 'admin' },
          { way: 'expiry', needs: 'nothing' },
        ],
        oneCanEnd: 'only-itself',
        shortLifetimes: false,
        maxLifetimeSeconds: null,
        sessionTags: false,
        conditionsForgeable: false,
        rotation:
          '`stint target rekey`, and then the new thumbprint at the store; the old key is refused at once',
        provedOn: 'Ceph 16.2 (Debian)',
        unproved: ['several gateways', 'later Ceph, which may read keys without their certificate'],
      },
    },
  },
} as const satisfies TargetKindRow

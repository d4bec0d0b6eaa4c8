import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'

type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>

/** Events as an exchange writes them. */
export const anIntent = (name: string): Of<'assume.intent'> => ({
  type: 'assume.intent',
  request: `req_${name}`,
  door: 'token',
  source: { ip: '127.0.0.1', proxies: [], userAgent: null },
  assumption: `asm_${name}`,
  subject: {
    issuer: { name: 'ci', url: 'https://ci' },
    sub: 's',
    aud: ['a'],
    azp: null,
    jti: null,
    claims: [],
    token: { digest: 'd', alg: 'RS256', kid: null, thumbprint: 't' },
  },
  decision: {
    outcome: 'granted',
    code: null,
    generation: 1,
    roleAsked: null,
    role: { name: 'r', version: 1 },
    target: { name: 'store', version: 1 },
    mappings: [{ name: `m-${name}`, version: 1 }],
    shadow: [],
    policies: [],
    narrowedBy: null,
    sessionPolicySha256: null,
    lifetime: { askedSeconds: null, givenSeconds: 900 },
  },
  uses: [],
  sessionName: 's',
  claimedSessionName: null,
  storeTokenExpires: '2026-11-24T00:00:30.000Z',
  latestExpiry: '2026-11-24T01:00:00.000Z',
})

export const anIssued = (name: string): Of<'assume.issued'> => ({
  type: 'assume.issued',
  assumption: `asm_${name}`,
  request: `req_${name}`,
  target: 'store',
  accessKeyId: 'AK',
  expires: '2026-11-24T01:00:00.000Z',
  upstream: { requestId: null, latencyMs: 1 },
})

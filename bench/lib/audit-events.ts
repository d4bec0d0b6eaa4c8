import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'

type Of<T extends AuditEvent['type']> = Extract<AuditEvent, { type: T }>

/** Events of the size that a CI job makes: some 1.3 KB and 0.5 KB. */
export const benchIntent = (at: number): Of<'assume.intent'> => ({
  type: 'assume.intent',
  request: `req_01a20cf8-623d-7fb1-93eb-${idOf(at)}`,
  door: 'token',
  source: { ip: '10.1.2.3', proxies: ['10.0.0.1'], userAgent: 'stint-sts-client/0.1 (linux; x64)' },
  assumption: `asm_01a20cf8-623d-7fb1-93eb-${idOf(at)}`,
  subject: {
    issuer: { name: 'github', url: 'https://token.actions.githubusercontent.com' },
    sub: `repo:acme/app-${at % 500}:ref:refs/heads/main`,
    aud: ['https://stint.example.com'],
    azp: null,
    jti: idOf(at),
    claims: [
      { path: ['repository_id'], value: String(42_000_000 + (at % 500)) },
      { path: ['repository'], value: `acme/app-${at % 500}` },
      { path: ['ref'], value: 'refs/heads/main' },
      { path: ['sha'], value: 'b1946ac92492d2347c6235b4d2611184b1946ac9' },
      { path: ['run_id'], value: String(9_000_000_000 + at) },
    ],
    token: {
      digest: 'pmWkWSBCL51Bfkhn79xPuKBKHz__H6B-mY6G9_eieuM',
      alg: 'RS256',
      kid: '38826b17-6a30-5f9b-b169-8beb8202f723',
      thumbprint: 'ykNaY4qM_ta4k2TgZOCEYLkcYlA',
    },
  },
  decision: {
    outcome: 'granted',
    code: null,
    generation: 12,
    roleAsked: 'arn:aws:iam::123456789012:role/app-artifacts',
    role: { name: 'app-artifacts', version: 3 },
    target: { name: 'store', version: 1 },
    mappings: [{ name: `app-${at % 500}-main`, version: 2 }],
    shadow: [],
    policies: [
      {
        use: 'artifacts-write@1',
        sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
      },
    ],
    narrowedBy: null,
    sessionPolicySha256: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
    lifetime: { askedSeconds: null, givenSeconds: 3600 },
  },
  uses: [],
  sessionName: 'repo-acme-app-42',
  claimedSessionName: null,
  storeTokenExpires: '2026-11-24T00:00:30.000Z',
  latestExpiry: '2026-11-24T01:00:00.000Z',
})

export const benchIssued = (at: number): Of<'assume.issued'> => ({
  type: 'assume.issued',
  assumption: `asm_01a20cf8-623d-7fb1-93eb-${idOf(at)}`,
  request: `req_01a20cf8-623d-7fb1-93eb-${idOf(at)}`,
  target: 'store',
  accessKeyId: 'UH3LSN0O5ZQ7B1W8KXJ2',
  expires: '2026-11-24T01:00:00.000Z',
  upstream: { requestId: '17F3A6C5D2B4E801', latencyMs: 3 },
})

function idOf(at: number): string {
  return at.toString(16).padStart(12, '0')
}

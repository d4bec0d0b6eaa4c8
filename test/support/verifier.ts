import { createSecretKey } from 'node:crypto'
import type { Issuer } from '../../apps/vendor/src/domain/issuer.ts'
import type { KeySetEvent } from '../../apps/vendor/src/oidc/key-set.ts'
import { createTokenVerifier } from '../../apps/vendor/src/oidc/verifier.ts'
import { createRandom } from '../../apps/vendor/src/runtime.ts'
import type { TestIssuer } from './test-issuer.ts'

export const AUDIENCE = 'https://stint.example.com'
export const OTHER_DOOR = 'https://stint.example.com/admin'

/** A verifier over one test issuer, on a clock that a test moves. */
export function verifierFor(issuer: TestIssuer, over: Partial<Issuer> = {}) {
  const configured: Issuer = {
    name: 'ci',
    url: issuer.url,
    audiences: [AUDIENCE],
    algorithms: ['RS256', 'ES256', 'PS256', 'EdDSA', 'ES384'],
    typ: ['jwt', null],
    leewaySeconds: 30,
    maxLifetimeSeconds: 3600,
    maxAgeSeconds: null,
    jwksUri: null,
    allowPrivateAddresses: ['127.0.0.0/8'],
    for: 'machine',
    enabled: true,
    preset: 'generic',
    recordedClaims: [],
    ...over,
  }
  let aheadMs = 0
  const events: KeySetEvent[] = []
  const verifier = createTokenVerifier({
    issuerByUrl: (iss) => (iss === configured.url ? configured : undefined),
    refusedAudiences: () => [OTHER_DOOR],
    clock: { nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now() + aheadMs },
    random: createRandom(),
    digestKey: createSecretKey(Buffer.alloc(32, 7)),
    onEvent: (event) => events.push(event),
    log: { info() {}, warn() {}, error() {} },
  })
  return {
    ...verifier,
    events,
    /** Moves both clocks. */
    advance: (ms: number) => {
      aheadMs += ms
    },
    /** The code of the refusal, or `ok`. */
    async code(token: string): Promise<string> {
      const answer = await verifier.verify(token)
      return answer.ok ? 'ok' : answer.code
    },
  }
}

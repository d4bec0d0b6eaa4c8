import type { Settings } from '../config.ts'
import type { Configuration } from '../domain/configuration.ts'
import { createTokenDigest } from '../oidc/token-digest.ts'
import type { TokenVerifierOptions } from '../oidc/verifier.ts'
import { createTokenVerifier } from '../oidc/verifier.ts'
import type { AuditLog } from '../ports.ts'
import { adminIssuers } from './admin-issuers.ts'

export type VerifierWiring = Pick<TokenVerifierOptions, 'clock' | 'random' | 'digestKey' | 'log'> & {
  readonly settings: Settings
  readonly configuration: () => Configuration
  readonly audit: AuditLog
  readonly onFetch: NonNullable<TokenVerifierOptions['onFetch']>
}

/** Two doors, two audiences: a token for one of them is refused at the other, and one that names both at both. */
export function createVerifiers(wiring: VerifierWiring) {
  const { settings, clock, log, random, configuration, audit, digestKey, onFetch } = wiring
  const onEvent = (event: Parameters<typeof audit.append>[0]) => {
    audit.append(event).catch(() => log.error('jwks.event_not_recorded', { type: event.type }))
  }
  const common = { clock, random, digestKey, onEvent, onFetch, log }
  const administrators = adminIssuers(settings.admin, configuration)
  return {
    /** The digest under which events know a token. */
    digestOf: createTokenDigest(digestKey),
    vend: createTokenVerifier({
      ...common,
      issuerByUrl: (iss) => configuration().issuers.get(iss),
      refusedAudiences: () => [settings.admin.audience],
    }),
    admin: createTokenVerifier({
      ...common,
      issuerByUrl: administrators.byUrl,
      refusedAudiences: administrators.vendAudiences,
    }),
  }
}

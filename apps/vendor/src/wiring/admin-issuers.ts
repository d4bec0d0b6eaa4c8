import type { Settings } from '../config.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { Issuer } from '../domain/issuer.ts'

const LEEWAY_SECONDS = 30
/** An administrator's token is fresh: whoever signs in for a day signs in for the day's applications, not for this. */
const MAX_LIFETIME_SECONDS = 12 * 3600

/**
 * The issuers of the admin door: the one that server settings name, and those of admin bindings, each with the admin
 * audience and no other.
 */
export function adminIssuers(admin: Settings['admin'], configuration: () => Configuration) {
  const first: Issuer = {
    name: 'admin',
    url: admin.issuer,
    audiences: [admin.audience],
    algorithms: admin.algorithms,
    typ: admin.typ,
    leewaySeconds: LEEWAY_SECONDS,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    maxAgeSeconds: null,
    jwksUri: admin.jwksUri,
    allowPrivateAddresses: admin.allowPrivateAddresses,
    for: 'human',
    enabled: true,
    preset: 'generic',
    recordedClaims: [],
  }
  return {
    byUrl(iss: string): Issuer | undefined {
      if (iss === first.url) return first
      const { issuers, adminBindings } = configuration()
      const found = issuers.get(iss)
      const bound = adminBindings.some(({ body }) => body.issuer === found?.name)
      return found !== undefined && bound ? { ...found, audiences: [admin.audience] } : undefined
    },
    /** Every audience of the vend doors: a token that is also for them is not for this one. */
    vendAudiences: (): readonly string[] =>
      [...configuration().issuers.values()].flatMap(({ audiences }) => audiences),
  }
}

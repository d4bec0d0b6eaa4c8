import type { Preset } from './preset.ts'

/**
 * Keycloak realms. Roles stand under `realm_access.roles` and `resource_access.<client>.roles`, groups are paths. The audience
 * is `account` until a mapper adds ours. `typ` in the payload says what kind of token it is; that in the header is `JWT` for
 * all. (Keycloak Server Administration Guide, "Protocol mappers", "Service accounts".)
 */
export const KEYCLOAK = {
  url: null,
  urlPattern: '^https?://\\S+/realms/[^/\\s]+$',
  algorithms: ['RS256', 'ES256'],
  typ: ['jwt', 'at+jwt'],
  maxLifetimeSeconds: 3600,
  usualLifetimeSeconds: 300,
  for: null,
  people: true,
  recordedClaims: [
    ['azp'],
    ['client_id'],
    ['typ'],
    ['realm_access', 'roles'],
    ['groups'],
    ['preferred_username'],
  ],
  immutable: { preferred_username: 'sub', email: 'sub' },
  tenant: [],
  subTrap: null,
  claims: [],
  textClaims: ['sub', 'azp', 'client_id', 'typ', 'preferred_username', 'scope', 'acr'],
  listClaims: ['groups', 'allowed-origins'],
  numberClaims: [],
  lowerCaseClaims: ['preferred_username'],
  optionalClaims: [
    'groups',
    'client_id',
    'preferred_username',
    'email',
    'email_verified',
    'realm_access',
    'resource_access',
  ],
  mutableClaims: {
    email: 'addresses change',
    preferred_username: 'an administrator of the realm may change it',
    name: 'people choose it',
  },
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: [
    'the audience is `account` until a mapper adds ours',
    'the issuer follows the host name that the realm is asked by, unless it is set',
  ],
} as const satisfies Preset

import type { Preset } from './preset.ts'

/**
 * Any other OIDC issuer: everything that cannot be known must be said.
 */
export const GENERIC = {
  url: null,
  urlPattern: null,
  algorithms: ['RS256', 'ES256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: null,
  for: null,
  people: false,
  recordedClaims: [],
  immutable: {},
  tenant: [],
  subTrap: null,
  claims: [],
  textClaims: ['sub'],
  listClaims: [],
  numberClaims: [],
  lowerCaseClaims: [],
  optionalClaims: [],
  mutableClaims: {
    email: 'addresses change',
    preferred_username: 'names of people change',
    name: 'people choose it',
    nickname: 'people choose it',
  },
  jti: null,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: [],
} as const satisfies Preset

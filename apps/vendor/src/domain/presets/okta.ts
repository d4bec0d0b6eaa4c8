import type { Preset } from './preset.ts'

/**
 * Okta, a custom authorization server. Tokens of the organization's own server are not for third parties. `groups` comes only
 * where it is configured. (Okta Developer, "Build a JWT / API access management: access token claims".)
 */
export const OKTA = {
  url: null,
  urlPattern: '^https://[^/\\s]+/oauth2/[^/\\s]+$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 3600,
  for: null,
  people: true,
  recordedClaims: [['cid'], ['uid'], ['groups'], ['scp']],
  immutable: { sub: 'uid' },
  tenant: [],
  subTrap: 'its `sub` is the login of a person, which can be renamed, or the id of a client',
  claims: [
    'iss',
    'sub',
    'aud',
    'exp',
    'iat',
    'ver',
    'jti',
    'cid',
    'uid',
    'scp',
    'groups',
    'auth_time',
    'email',
    'email_verified',
    'preferred_username',
    'name',
  ],
  textClaims: ['sub', 'cid', 'uid', 'jti'],
  listClaims: ['scp', 'groups'],
  numberClaims: ['ver', 'auth_time'],
  lowerCaseClaims: [],
  optionalClaims: ['uid', 'groups', 'auth_time', 'email', 'email_verified'],
  mutableClaims: { email: 'addresses change', preferred_username: 'logins change', name: 'people choose it' },
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: [
    '`groups` is absent unless a claim was configured',
    'tokens of the organization’s own server cannot be verified by others',
  ],
} as const satisfies Preset

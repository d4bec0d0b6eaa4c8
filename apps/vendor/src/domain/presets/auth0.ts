import type { Preset } from './preset.ts'

/**
 * Auth0. The issuer ends in a slash. Machines are `<client id>@clients`. Claims of an Action are named by a URL. An API that
 * signs with HS256 cannot be used. (Auth0 Docs, "Access Token Profiles".)
 */
export const AUTH0 = {
  url: null,
  urlPattern: '^https://[^/\\s]+/$',
  algorithms: ['RS256'],
  typ: ['jwt', 'at+jwt'],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 86_400,
  for: null,
  people: true,
  recordedClaims: [['azp'], ['client_id'], ['gty'], ['scope'], ['org_id'], ['permissions']],
  immutable: { org_name: 'org_id' },
  tenant: [],
  subTrap: null,
  claims: [],
  textClaims: ['sub', 'azp', 'client_id', 'gty', 'scope', 'org_id'],
  listClaims: ['permissions'],
  numberClaims: [],
  lowerCaseClaims: ['gty'],
  optionalClaims: ['azp', 'client_id', 'gty', 'scope', 'org_id', 'permissions'],
  mutableClaims: { email: 'addresses change', nickname: 'people choose it', name: 'people choose it' },
  jti: false,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: [
    'the slash at the end of the issuer counts',
    'with `openid` the audience is a list that has /userinfo beside ours',
  ],
} as const satisfies Preset

import type { Preset } from './preset.ts'

/**
 * Amazon Cognito user pools, ID tokens. Access tokens carry no `aud` and are refused: their audience is `client_id`, and a
 * token for nobody in particular is one for everybody. (Amazon Cognito Developer Guide, "Understanding user pool JSON web
 * tokens".)
 */
export const COGNITO = {
  url: null,
  urlPattern: '^https://cognito-idp\\.[a-z0-9-]+\\.amazonaws\\.com(\\.cn)?/[a-z0-9-]+_[A-Za-z0-9]+$',
  algorithms: ['RS256'],
  typ: ['jwt', null],
  maxLifetimeSeconds: 86_400,
  usualLifetimeSeconds: 3600,
  for: null,
  people: true,
  recordedClaims: [['cognito:username'], ['cognito:groups'], ['token_use'], ['client_id']],
  immutable: { 'cognito:username': 'sub', email: 'sub', username: 'sub' },
  tenant: [],
  subTrap: null,
  claims: [],
  textClaims: ['sub', 'cognito:username', 'token_use', 'client_id', 'email'],
  listClaims: ['cognito:groups', 'cognito:roles', 'identities'],
  numberClaims: ['auth_time'],
  lowerCaseClaims: ['token_use'],
  optionalClaims: ['cognito:groups', 'cognito:roles', 'client_id', 'email', 'email_verified', 'identities'],
  mutableClaims: {
    email: 'addresses change',
    'cognito:username': 'people may choose it',
    name: 'people choose it',
  },
  jti: true,
  environmentClaim: null,
  protectedClaim: null,
  eventClaims: [],
  traps: ['an access token has no `aud`, and is refused: send the ID token'],
} as const satisfies Preset

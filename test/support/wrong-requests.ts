import { goodDraft } from '../corpus/doors/signed-requests.ts'
import { ROLE_ARN, webIdentityForm } from './doors.ts'
import type { Dice } from './random.ts'
import { type Draft, sign, type Wire } from './signed-request.ts'
import type { AwsCredentials } from './sigv4.ts'

/** What wrong requests are made of: a good token, a good session, and the host that is asked. */
export type Material = { readonly host: string; readonly token: string; readonly session: AwsCredentials }
export type WrongRequest = Wire & { readonly door: 'sts' | 'container' | 'token' | 'public' }

const STRANGE = [
  '',
  ' ',
  '\t',
  '0',
  '-1',
  '1e9',
  '9'.repeat(40),
  'null',
  'true',
  '[]',
  '{}',
  '"',
  "'",
  '<x>',
  '</Error>',
  '&amp;',
  ']]>',
  '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
  '%',
  '%00',
  '%zz',
  '%c0%af',
  '\u0000',
  '\r\nX-Injected: 1',
  '\ud800',
  '\uffff',
  'ü',
  '𝔘',
  '../../..',
  '$' + '{jwt:sub}',
  '*',
  'a'.repeat(300),
  'a.b.c',
  'eyJhbGciOiJub25lIn0.e30.',
  '__proto__',
  'constructor',
] as const

const NAMES = [
  'Action',
  'Version',
  'RoleArn',
  'RoleSessionName',
  'WebIdentityToken',
  'DurationSeconds',
  'Policy',
  'PolicyArns.member.1.arn',
  'ProviderId',
  'ExternalId',
  'SerialNumber',
  'TokenCode',
  'SourceIdentity',
  'Tags.member.1.Key',
  'Tags.member.1.Value',
  'TransitiveTagKeys.member.1',
  'X-Amz-Date',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Security-Token',
  'grant_type',
  'subject_token',
  'resource',
  'format',
  'duration_seconds',
  '__proto__',
  '',
] as const
const ACTIONS = [
  'AssumeRoleWithWebIdentity',
  'AssumeRole',
  'GetCallerIdentity',
  'GetSessionToken',
  'getcalleridentity',
] as const
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'] as const
const STS_PATHS = ['/', '/sts', '/sts/', '/sts/x', '/sts//', '/sts/%2e%2e', '/%73ts', '/sts;a=b'] as const
const CONTAINER_PATHS = [
  '/v1/credentials',
  '/v1/credentials/',
  '/v1/credentials/app-artifacts',
  '/v1/credentials/nobody',
  '/v1/credentials/%2e%2e',
  '/v1/credentials/%',
  '/v1/credentials/a/b',
  '/v1/credentials/%F0%9D%94%98',
  '/v1/credentials/app-artifacts%00',
] as const
const TYPES = [
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=utf-8',
  'application/json',
  'text/xml',
  'multipart/form-data; boundary=x',
  '',
] as const
const ACCEPTS = [
  '*/*',
  'application/json',
  'text/xml',
  'application/xml;q=0.9, application/json',
  'image/png',
] as const
const HEADERS = [
  'X-Amz-Date',
  'X-Amz-Security-Token',
  'X-Amz-Content-Sha256',
  'X-Amz-Target',
  'Authorization',
  'X-Forwarded-For',
  'Content-Type',
  'Host2',
] as const

/** Header values that Node's client lets out at all. */
const inHeader = (text: string) => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')

/** What a request line can hold stays as it is, wrong percents and all. */
const inTarget = (text: string) =>
  text
    .toWellFormed()
    .replace(/[^\x21-\x7e]/gu, (c) => encodeURIComponent(c))
    .replaceAll('#', '%23')

/** One request to one of the doors, wrong in some of its parts, or in none. */
export function wrongRequest(roll: Dice, material: Material): WrongRequest {
  const kind = roll.below(11)
  if (kind === 10) return { door: 'public', ...publicRequest(roll, material) }
  if (kind < 4) return { door: 'sts', ...stsRequest(roll, material) }
  if (kind < 7) return { door: 'sts', ...signedRequest(roll, material) }
  if (kind < 9) return { door: 'container', ...containerRequest(roll, material) }
  return { door: 'token', ...tokenRequest(roll, material) }
}

function spoiled(roll: Dice, form: URLSearchParams): string {
  for (let times = roll.below(4); times > 0; times--) {
    const name = roll.pick(NAMES)
    const value = roll.pick(STRANGE)
    if (roll.chance(0.2)) form.delete(name)
    else if (roll.chance(0.5)) form.set(name, value)
    else form.append(name, value)
  }
  const text = String(form)
  if (roll.chance(0.1)) return text.slice(0, roll.below(text.length + 1))
  if (roll.chance(0.1)) return text + roll.pick(STRANGE)
  return text
}

function stsRequest(roll: Dice, { host, token }: Material): Wire {
  const sent = roll.chance(0.3) ? token : roll.pick(STRANGE)
  const form = webIdentityForm(sent, { Action: roll.pick(ACTIONS) })
  const text = spoiled(roll, form)
  const method = roll.pick(METHODS)
  const inQuery = roll.chance(0.3)
  const query = inTarget(inQuery ? text : roll.chance(0.2) ? roll.pick(STRANGE) : '')
  const path = roll.pick(STS_PATHS)
  return {
    method,
    target: query === '' ? path : `${path}?${query}`,
    headers: [
      ['Host', host],
      ['Accept', roll.pick(ACCEPTS)],
      ['Content-Type', roll.pick(TYPES)],
    ],
    body: inQuery || method === 'GET' || method === 'HEAD' ? '' : text,
  }
}

function signedRequest(roll: Dice, { host, session }: Material): Wire {
  const good = goodDraft({ host, credentials: session, at: new Date() })
  const draft: Partial<Draft> = {
    ...(roll.chance(0.3) ? { region: roll.pick(['us-east-1', '', 'x', 'US']) } : {}),
    ...(roll.chance(0.2) ? { service: roll.pick(['s3', 'sts', 'x']) } : {}),
    ...(roll.chance(0.2) ? { at: new Date(Date.now() + (roll.next() - 0.5) * 4_000_000) } : {}),
    ...(roll.chance(0.5)
      ? { form: 'query', method: 'GET', body: '', headers: [], query: [...new URLSearchParams(good.body)] }
      : {}),
    ...(roll.chance(0.2) ? { expires: roll.pick(STRANGE) } : {}),
    ...(roll.chance(0.3)
      ? { body: `Action=${roll.pick(ACTIONS)}&Version=2011-06-15&RoleArn=${ROLE_ARN}` }
      : {}),
    path: roll.pick(['/', '/sts', '/sts/']),
  }
  const wire = sign({ ...good, ...draft })
  const spoil = roll.below(5)
  const headers = wire.headers.flatMap(([name, value]) => {
    if (spoil === 0 && roll.chance(0.2)) return []
    if (spoil === 1 && roll.chance(0.2))
      return [[name, inHeader(value.slice(0, roll.below(value.length + 1)))] as const]
    if (spoil === 2 && roll.chance(0.2) && name !== 'Host')
      return [[name, inHeader(roll.pick(STRANGE))] as const]
    return [[name, value] as const]
  })
  const host_ = headers.some(([name]) => name === 'Host') ? [] : [['Host', host] as const]
  const more = spoil === 3 ? [[roll.pick(HEADERS), inHeader(roll.pick(STRANGE))] as const] : []
  const target =
    spoil === 4 ? wire.target.replace(/[0-9a-f]{8}/, (hex) => hex.split('').reverse().join('')) : wire.target
  // A signed GET may have a body by its draft; no client sends one.
  return {
    ...wire,
    body: wire.method === 'GET' ? '' : wire.body,
    target,
    headers: [...host_, ...headers, ...more],
  }
}

function containerRequest(roll: Dice, { host, token }: Material): Wire {
  const path = roll.pick(CONTAINER_PATHS)
  const query = roll.chance(0.5) ? `?${inTarget(`${roll.pick(NAMES)}=${roll.pick(STRANGE)}`)}` : ''
  const value = roll.chance(0.3) ? token : inHeader(roll.pick(STRANGE))
  const scheme = roll.pick(['', 'Bearer ', 'bearer  ', 'Basic ', 'AWS4-HMAC-SHA256 '])
  const authorization = roll.chance(0.9) ? [['Authorization', scheme + value] as const] : []
  const twice = roll.chance(0.1) ? authorization : []
  const method = roll.chance(0.7) ? 'GET' : roll.pick(METHODS)
  return {
    method,
    target: path + query,
    headers: [['Host', host], ['Accept', roll.pick(ACCEPTS)], ...authorization, ...twice],
    body: '',
  }
}

/** What everybody may read. */
const PUBLIC_PATHS = [
  '/oidc/store/jwks.json',
  '/oidc/store/.well-known/openid-configuration',
  '/oidc/nobody/jwks.json',
  '/oidc/%2e%2e/jwks.json',
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-protected-resource',
  '/log/checkpoint',
  '/log/keys',
  '/log/consistency',
  '/log/tile/0/000',
  '/log/tile/0/x001/000.p/300',
  '/log/tile/99/000',
  '/log/tile/entries/000',
  '/openapi.json',
  '/healthz',
  '/readyz',
  '/v1/authorize/nginx',
  '/ui',
  '/favicon.ico',
  '/v1/admin/%00',
  '/%',
  '/%E0%A4%A',
] as const

function publicRequest(roll: Dice, { host }: Material): Wire {
  const path = roll.pick(PUBLIC_PATHS)
  const query = roll.chance(0.4)
    ? `?${inTarget(`${roll.pick(['from', 'to', 'a'])}=${roll.pick(STRANGE)}`)}`
    : ''
  const method = roll.chance(0.7) ? 'GET' : roll.pick(METHODS)
  return {
    method,
    target: path + query,
    headers: [
      ['Host', host],
      ['Accept', roll.pick(ACCEPTS)],
      ...(roll.chance(0.2) ? [['Authorization', inHeader(roll.pick(STRANGE))] as const] : []),
    ],
    body: '',
  }
}

function tokenRequest(roll: Dice, { host, token }: Material): Wire {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: roll.chance(0.3) ? token : roll.pick(STRANGE),
    resource: ROLE_ARN,
  })
  const method = roll.chance(0.8) ? 'POST' : roll.pick(METHODS)
  const body = method === 'GET' || method === 'HEAD' ? '' : spoiled(roll, form)
  return {
    method,
    target: '/v1/token',
    headers: [
      ['Host', host],
      ['Content-Type', roll.pick(TYPES)],
    ],
    body,
  }
}

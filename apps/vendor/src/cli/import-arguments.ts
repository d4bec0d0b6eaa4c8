import { parseArgs } from 'node:util'
import { isAcceptableCode } from '../domain/import/acceptable.ts'
import type { ImportOptions } from '../domain/import/asked.ts'
import { isName } from '../ids.ts'
import type { StoreCredentials } from '../import/credentials.ts'
import { credentialsIn } from '../import/credentials.ts'
import { Secret } from '../secret.ts'
import type { ImportIo } from './import-io.ts'

export const IMPORT_USAGE = `usage: stint import minio --endpoint URL [options]
       stint import minio --alias NAME [options]       an alias of mc
       stint import minio --file FILE [options]        what mc admin cluster iam export wrote, or policies as JSON

Reads the policies of a MinIO and who holds them, and writes a first stint.yaml: policies, a role for each set of them,
and mappings that are off. Nothing is changed at the store. What a session cannot carry is left out with its reason.

  -o, --output FILE      where to; - is standard output                     (stint.yaml)
  --force                replaces the file where it is there
  --for machine|human    whom the roles are for                             (machine)
  --issuer URL --audience TEXT   whose tokens the mappings are about        (the store's own OIDC provider)
  --user-claim NAME      the claim that carries a user's name               (preferred_username)
  --group-claim NAME     the claim that carries groups                      (groups)
  --accept CODE          a finding that the roles live with, such as condition_forgeable; repeatable
  --target NAME          what the store is called in the file               (store)
  --expires DATE         when the mappings end                              (in 90 days)
  --ca FILE              PEM of the authority that signed the store's certificate
  --allow-http           reads a store without TLS that is not on this machine

the store's administrator, never on the command line: STINT_STORE_ACCESS_KEY and STINT_STORE_SECRET_KEY, or
--credentials-file FILE ({"accessKey": …, "secretKey": …}), or the alias of mc, else it is asked for on the terminal
`

export type ImportSource =
  | { readonly kind: 'file'; readonly file: string; readonly endpoint: string | null }
  | {
      readonly kind: 'store'
      readonly endpoint: string
      readonly accessKey: string
      readonly secretKey: Secret<string>
      readonly ca: string | null
    }

export type ImportArguments = {
  readonly source: ImportSource
  readonly options: ImportOptions
  readonly output: string
  readonly force: boolean
}

const DAY_MS = 86_400_000
const MAPPING_DAYS = 90

/** argv, environment and files to what is asked; a text is what is wrong, an empty one that help was asked for. */
export async function parseImportArguments(
  argv: readonly string[],
  io: ImportIo,
): Promise<ImportArguments | string> {
  const flags = readFlags(argv)
  if (flags === null) return 'there is a flag or an argument that this command does not have'
  if (flags.values.help === true) return ''
  if (flags.positionals.join(' ') !== 'minio') return 'name what is imported: stint import minio'
  const options = optionsOf(flags.values, io.now())
  if (typeof options === 'string') return options
  const source = await sourceOf(flags.values, io)
  if (typeof source === 'string') return source
  const { output = 'stint.yaml', force = false } = flags.values
  return { source, options, output, force }
}

type Values = NonNullable<ReturnType<typeof readFlags>>['values']

function optionsOf(values: Values, now: Date): ImportOptions | string {
  const {
    target = 'store',
    'user-claim': userClaim = 'preferred_username',
    'group-claim': groupClaim = 'groups',
  } = values
  const { for: whose = 'machine', accept = [], issuer, audience } = values
  if (!isName(target)) return '--target is a name: lower-case letters, digits and inner hyphens'
  if (whose !== 'machine' && whose !== 'human') return '--for is machine or human'
  const strange = accept.find((code) => !isAcceptableCode(code))
  if (strange !== undefined)
    return '--accept is the code of a finding that a role may live with, such as condition_forgeable'
  if ((issuer === undefined) !== (audience === undefined)) return '--issuer and --audience go together'
  if (issuer !== undefined && !URL.canParse(issuer)) return '--issuer is the URL that stands in `iss`'
  const expires = values.expires ?? new Date(now.getTime() + MAPPING_DAYS * DAY_MS).toISOString().slice(0, 10)
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(expires) || Number.isNaN(Date.parse(expires)))
    return '--expires is a date such as 2027-03-31'
  return {
    target,
    for: whose,
    accept,
    issuer: issuer === undefined || audience === undefined ? null : { url: issuer, audience },
    userClaim,
    groupClaim,
    expires,
  }
}

async function sourceOf(values: Values, io: ImportIo): Promise<ImportSource | string> {
  const { file, endpoint, alias } = values
  const wrong = endpoint === undefined ? null : endpointProblem(endpoint, values)
  if (wrong !== null) return wrong
  if (file !== undefined) {
    if (alias !== undefined) return 'name a file or an alias, not both'
    return { kind: 'file', file, endpoint: endpoint === undefined ? null : originOf(endpoint) }
  }
  if (endpoint === undefined && alias === undefined) return 'name the store: --endpoint, --alias or --file'
  const credentials = await credentialsOf(values, io)
  if (typeof credentials === 'string') return credentials
  const where = endpoint ?? credentials.url
  if (where === null) return 'name the store: --endpoint URL'
  const problem = endpointProblem(where, values)
  if (problem !== null) return problem
  const ca = values.ca === undefined ? null : await io.readFile(values.ca).catch(() => undefined)
  if (ca === undefined || ca?.includes('-----BEGIN CERTIFICATE-----') === false)
    return '--ca is no file of certificates (PEM)'
  const { accessKey, secretKey } = credentials
  return { kind: 'store', endpoint: originOf(where), accessKey, secretKey, ca }
}

/** Signed requests show no secret, but what comes back in the clear could be anybody's. */
function endpointProblem(text: string, values: Values): string | null {
  if (!URL.canParse(text)) return 'the endpoint is a URL such as https://minio.example.com:9000'
  const { protocol, hostname, username, password, pathname, search } = new URL(text)
  if (username !== '' || password !== '')
    return 'no user or password in the endpoint: everybody who lists processes reads it'
  if (pathname !== '/' || search !== '') return 'the endpoint has no path'
  if (protocol === 'https:') return null
  if (protocol !== 'http:') return 'the endpoint is https or http'
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]+){3}$/.test(hostname)
  return isLoopback || values['allow-http'] === true
    ? null
    : 'the store is read over https; --allow-http reads it without'
}

function originOf(text: string): string {
  return new URL(text).origin
}

async function credentialsOf(values: Values, io: ImportIo): Promise<StoreCredentials | string> {
  const { alias } = values
  const file =
    values['credentials-file'] ??
    (alias === undefined ? undefined : `${io.env['HOME'] ?? ''}/.mc/config.json`)
  if (file !== undefined) {
    const text = await io.readFile(file).catch(() => null)
    if (text === null) return `${file} cannot be read`
    const found = credentialsIn(text, alias ?? null)
    return (
      found ?? (alias === undefined ? `${file} has no accessKey and secretKey` : `${file} has no such alias`)
    )
  }
  const accessKey =
    io.env['STINT_STORE_ACCESS_KEY'] || (await io.prompt?.('access key: ', { hidden: false })) || ''
  if (accessKey === '')
    return 'who asks? STINT_STORE_ACCESS_KEY and STINT_STORE_SECRET_KEY, or --credentials-file'
  const secret =
    io.env['STINT_STORE_SECRET_KEY'] || (await io.prompt?.('secret key: ', { hidden: true })) || ''
  if (secret === '') return 'the secret key: STINT_STORE_SECRET_KEY, or --credentials-file'
  return { url: null, accessKey, secretKey: new Secret(secret) }
}

function readFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const yes = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        endpoint: text,
        alias: text,
        file: text,
        output: { ...text, short: 'o' },
        force: yes,
        for: text,
        issuer: text,
        audience: text,
        'user-claim': text,
        'group-claim': text,
        accept: { ...text, multiple: true },
        target: text,
        expires: text,
        ca: text,
        'allow-http': yes,
        'credentials-file': text,
        help: yes,
      },
    })
  } catch {
    return null
  }
}

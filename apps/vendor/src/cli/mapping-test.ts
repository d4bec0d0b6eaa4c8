import { hash } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Configuration } from '../domain/configuration.ts'
import { compileConfiguration } from '../domain/configuration.ts'
import type { Outcome } from '../domain/grant.ts'
import type { Issuer } from '../domain/issuer.ts'
import type { Nearness } from '../domain/nearness.ts'
import { obstaclesInWords } from '../domain/nearness-words.ts'
import type { Problem, Resource } from '../domain/resource.ts'
import { simulate } from '../domain/simulation.ts'
import type { Claims, ClaimValue } from '../domain/subject.ts'
import { tokenNotes } from '../domain/token-notes.ts'
import { errorRow } from '../errors.ts'
import { parseDuration } from '../schema/duration.ts'
import { readConfiguration } from '../schema/resources.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import { describeNearness } from './nearness.ts'
import { readYaml } from './yaml-source.ts'

const USAGE = `usage: stint mapping test -f stint.yaml (--claims FILE | --token-file FILE) [options]

Decides on this machine, by the file alone, what a token with these claims would get, and says why. Nothing is sent
anywhere and the signature is not verified; what the claims themselves say of issuer, audience and times is noted.

  --claims FILE       the claims as JSON
  --token-file FILE   a JWT; it is decoded here and not verified
  --issuer NAME       the issuer in the file; left out: the one whose url is the \`iss\` claim
  --role NAME         the role that is asked for; left out: the one that the mappings agree on
  --lifetime 1h       the lifetime that is asked for
  --at INSTANT        decide as of then, such as 2027-01-15T12:00:00Z; left out: now
  --all               every mapping of the issuer, not only the three nearest
  --json

exit codes: 0 granted, 1 refused, 2 usage, 3 the file has problems
`
/** An account and an audience that nobody has: they decide nothing here. */
const ACCOUNT = '000000000000'
const SHOWN = 3

type Asked = {
  readonly issuer: Issuer
  readonly claims: Claims
  readonly role: string | null
  readonly lifetimeSeconds: number | null
  readonly nowMs: number
}

/** `stint mapping test`: the decision of a file over claims, and the nearest mappings claim by claim. */
export async function mappingTestCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const flags = readFlags(argv)
  if (flags === null) return usage(io, 'a flag is not one of these, or has no value')
  if (flags.help === true) {
    io.stdout(USAGE)
    return EXIT.ok
  }
  const read = await readFile(flags.file, io)
  if (typeof read === 'number') return read
  const claims = await readClaims(flags, io)
  if (typeof claims === 'string') return usage(io, claims)
  const asked = askedOf(flags, { claims, configuration: read.configuration, nowMs: io.now().getTime() })
  if (typeof asked === 'string') return usage(io, asked)
  const by = { ...read, account: ACCOUNT, sha256 }
  const most = flags.all === true ? read.resources.length : SHOWN
  const { outcome, ranked, inAll } = simulate(by, { ...asked, most })
  const whole = flags['token-file'] !== undefined
  for (const { code, says } of tokenNotes(asked.claims, asked.issuer, { nowMs: asked.nowMs, whole }))
    io.stderr(`the token door would refuse these claims (${code}): ${says}\n`)
  io.stdout(flags.json === true ? asJson(outcome, ranked) : describe(outcome, ranked, inAll))
  return outcome.granted ? EXIT.ok : EXIT.failed
}

type Compiled = { readonly configuration: Configuration; readonly resources: readonly Resource[] }

async function readFile(file: string | undefined, io: CommandIo): Promise<Compiled | ExitCode> {
  if (file === undefined) return usage(io, 'name the file: -f stint.yaml')
  const text = await io.readFile(file).catch(() => null)
  if (text === null) return usage(io, `${file} cannot be read`)
  const source = readYaml(text)
  if (!source.ok) {
    for (const { position, message } of source.problems)
      io.stderr(`${file}:${position.line}:${position.column} error yaml_invalid ${message}\n`)
    return EXIT.problems
  }
  const { declared, problems } = readConfiguration(source.content)
  // Declared bodies are of their kind.
  const resources = declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource)
  const compiled = compileConfiguration(resources, {
    generation: 0,
    hash: '',
    account: ACCOUNT,
    adminAudience: '',
    sha256,
  })
  const all: readonly Problem[] = [...problems, ...(problems.some(isError) ? [] : compiled.problems)]
  for (const { severity, code, path, message } of all) {
    const { line, column } = source.locate(path)
    io.stderr(`${file}:${line}:${column} ${severity} ${code} ${path.join('.')}: ${message}\n`)
  }
  if (all.some(isError) || compiled.configuration === null) return EXIT.problems
  return { configuration: compiled.configuration, resources }
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

async function readClaims(flags: Flags, io: CommandIo): Promise<Claims | string> {
  const [file, isToken] =
    flags.claims === undefined
      ? [flags['token-file'], true]
      : [flags.claims, flags['token-file'] !== undefined]
  if (file === undefined || (isToken && flags.claims !== undefined))
    return 'give the claims: --claims FILE or --token-file FILE, one of them'
  const text = await io.readFile(file).catch(() => null)
  if (text === null) return 'the file of the claims cannot be read'
  const json = isToken ? payloadOf(text.trim()) : text
  const value = json === null ? null : parse(json)
  if (!isClaims(value)) return isToken ? 'the file holds no JWT' : 'the file holds no JSON object'
  if (isToken) io.stderr('the token is decoded, its signature is not verified\n')
  return value
}

function payloadOf(token: string): string | null {
  const [, payload, signature, ...more] = token.split('.')
  if (payload === undefined || signature === undefined || more.length > 0) return null
  return Buffer.from(payload, 'base64url').toString('utf8')
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

/** What JSON.parse made is made of JSON values. */
function isClaims(value: unknown): value is { readonly [name: string]: ClaimValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** With its zone: without one it is another instant on another machine. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/

function askedOf(
  flags: Flags,
  given: { readonly claims: Claims; readonly configuration: Configuration; readonly nowMs: number },
): Asked | string {
  const { claims, configuration } = given
  const issuers = [...configuration.issuers.values()]
  const wanted = flags.issuer
  const issuer = issuers.find(({ name, url }) =>
    wanted === undefined ? url === claims['iss'] : name === wanted,
  )
  if (issuer === undefined)
    return `no issuer of the file ${wanted === undefined ? 'has the url that the claim `iss` says; name one with --issuer' : 'has that name'}: ${issuers.map(({ name }) => name).join(', ')}`
  const nowMs =
    flags.at === undefined ? given.nowMs : INSTANT.test(flags.at) ? Date.parse(flags.at) : Number.NaN
  if (Number.isNaN(nowMs)) return '--at is an instant such as 2027-01-15T12:00:00Z'
  const lifetimeSeconds = flags.lifetime === undefined ? null : parseDuration(flags.lifetime)
  if (flags.lifetime !== undefined && lifetimeSeconds === null) return '--lifetime is a duration such as 1h'
  return { issuer, claims, role: flags.role ?? null, lifetimeSeconds, nowMs }
}

function sha256(input: string): string {
  return hash('sha256', input)
}

function asJson(outcome: Outcome, ranked: readonly Nearness[]): string {
  const mappings = ranked.map((one) => ({ ...one, inTheWay: obstaclesInWords(one) }))
  const sessionPolicy = outcome.granted ? JSON.parse(outcome.grant.sessionPolicy) : null
  return `${JSON.stringify({ decision: outcome.decision, sessionPolicy, mappings }, null, 2)}\n`
}

function describe(outcome: Outcome, ranked: readonly Nearness[], inAll: number): string {
  const { decision } = outcome
  const matched = decision.mappings.map(({ name }) => `\`${name}\``).join(', ')
  const head = outcome.granted
    ? [
        `granted: role \`${outcome.grant.role.name}\` for ${outcome.grant.lifetimeSeconds} s, by ${matched}`,
        `session policy: ${outcome.grant.sessionPolicy}`,
      ]
    : [`refused (${outcome.code}): ${errorRow(outcome.code).operatorText}`]
  const shadows = decision.shadow.map(
    ({ name, would, refused }) =>
      `in shadow: \`${name}\` would ${would === 'match' ? '' : 'not '}match${refused === undefined ? '' : `; in force, refused (${refused})`}`,
  )
  const near = ranked.flatMap((one) => ['', ...describeNearness({ ...one, inTheWay: obstaclesInWords(one) })])
  const none = inAll === 0 ? ['', 'the issuer has no mapping at all'] : []
  const more = inAll > ranked.length ? ['', `${inAll - ranked.length} more; --all shows them`] : []
  return `${[...head, ...shadows, ...near, ...none, ...more].join('\n')}\n`
}

type Flags = NonNullable<ReturnType<typeof readFlags>>

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        file: { type: 'string', short: 'f' },
        claims: { type: 'string' },
        'token-file': { type: 'string' },
        issuer: { type: 'string' },
        role: { type: 'string' },
        lifetime: { type: 'string' },
        at: { type: 'string' },
        all: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    }).values
  } catch {
    return null
  }
}

function usage(io: CommandIo, words: string): ExitCode {
  io.stderr(`stint: ${words}\n\n${USAGE}`)
  return EXIT.usage
}

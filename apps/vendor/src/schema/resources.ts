import type { z } from 'zod'
import { LEAST_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS, STORE_FLOOR_SECONDS } from '../domain/lifetime.ts'
import { isTextClaim, presetOf } from '../domain/preset.ts'
import type { ConditionBody, IssuerBody, Problem, Resource, RoleBody, Scalar } from '../domain/resource.ts'
import type { ConfigurationFile } from './configuration.ts'
import { CONFIGURATION_FILE } from './configuration.ts'
import { parseDuration, parseExpiry } from './duration.ts'
import { targetBody } from './target.ts'

export type Declared = Pick<Resource, 'kind' | 'name' | 'body'>
export type ReadConfiguration = {
  readonly declared: readonly Declared[]
  readonly problems: readonly Problem[]
}

const DEFAULT_LEEWAY_SECONDS = 30
const MAX_LEEWAY_SECONDS = 120
const DEFAULT_MAX_BYTES = { bucket: 63, segment: 128, path: 512, string: 256 } as const

/**
 * Reads a whole configuration file into resource bodies, or says everything that is wrong with it, each problem with
 * its path. Nothing is declared where there is an error.
 */
export function readConfiguration(input: unknown): ReadConfiguration {
  const parsed = CONFIGURATION_FILE.safeParse(input)
  if (!parsed.success)
    return { declared: [], problems: parsed.error.issues.flatMap((issue) => problemsOf(issue)) }
  const problems: Problem[] = []
  const file = parsed.data
  const declared = [
    ...entries(file.issuers).map(
      ([name, body]) => ({ kind: 'issuer', name, body: issuerBody(name, body, problems) }) as const,
    ),
    ...entries(file.targets).map(
      ([name, body]) => ({ kind: 'target', name, body: targetBody(body) }) as const,
    ),
    ...entries(file.policies).map(([name, { placeholders, document }]) => {
      const typed = entries(placeholders).map(([key, value]) => [key, placeholderBody(value)] as const)
      return { kind: 'policy', name, body: { placeholders: Object.fromEntries(typed), document } } as const
    }),
    ...entries(file.roles).map(
      ([name, body]) => ({ kind: 'role', name, body: roleBody(name, body, problems) }) as const,
    ),
    ...entries(file.mappings).map(([name, body]) => {
      const { expires, maxLifetime, maxUses = null, ...rest } = body
      warnTextClaims({ name, body, file, problems })
      const maxLifetimeSeconds = maxLifetime === undefined ? null : seconds(maxLifetime)
      return {
        kind: 'mapping',
        name,
        body: { ...rest, expires: parseExpiry(expires) ?? expires, maxLifetimeSeconds, maxUses },
      } as const
    }),
    ...entries(file.admins).map(([name, body]) => ({ kind: 'admin_binding', name, body }) as const),
  ]
  return { declared, problems }
}

function issuerBody(
  name: string,
  body: ConfigurationFile['issuers'][string],
  problems: Problem[],
): IssuerBody {
  const preset = presetOf(body.preset)
  const at = ['issuers', name]
  const url = body.url ?? preset?.url ?? null
  const whose = body.for ?? preset?.for ?? null
  if (url === null) problems.push(error('url_required', at, `preset \`${body.preset}\` needs a \`url\``))
  if (whose === null)
    problems.push(
      error('for_required', at, `preset \`${body.preset}\` needs \`for: machine\` or \`for: human\``),
    )
  const leewaySeconds = body.leeway === undefined ? DEFAULT_LEEWAY_SECONDS : seconds(body.leeway)
  if (leewaySeconds > MAX_LEEWAY_SECONDS) {
    problems.push(error('leeway_too_long', [...at, 'leeway'], `at most ${MAX_LEEWAY_SECONDS} seconds`))
  }
  const allowPrivateAddresses = body.allowPrivateAddresses ?? []
  for (const [member, text] of [
    ['url', url],
    ['jwks', body.jwks],
  ] as const) {
    if (text?.startsWith('http:') && allowPrivateAddresses.length === 0) {
      problems.push(
        error('url_not_https', [...at, member], 'https, or name the private addresses it may have'),
      )
    }
  }
  return {
    preset: body.preset,
    url: url ?? '',
    audiences: body.audiences,
    algorithms: body.algorithms ?? preset?.algorithms ?? [],
    typ: (body.typ ?? preset?.typ ?? []).map((typ) => typ?.toLowerCase() ?? null),
    leewaySeconds,
    maxLifetimeSeconds:
      body.maxLifetime === undefined ? (preset?.maxLifetimeSeconds ?? 0) : seconds(body.maxLifetime),
    maxAgeSeconds: body.maxAge === undefined ? null : seconds(body.maxAge),
    jwksUri: body.jwks ?? null,
    allowPrivateAddresses,
    for: whose ?? 'machine',
  }
}

function placeholderBody(value: ConfigurationFile['policies'][string]['placeholders'][string]) {
  const { type, maxBytes } = typeof value === 'string' ? { type: value, maxBytes: undefined } : value
  return { type, maxBytes: maxBytes ?? DEFAULT_MAX_BYTES[type] }
}

function roleBody(name: string, body: ConfigurationFile['roles'][string], problems: Problem[]): RoleBody {
  const { lifetime, policies, replay, ...rest } = body
  const defaultSeconds = seconds(lifetime.default)
  const maxSeconds = seconds(lifetime.max)
  const minSeconds =
    lifetime.min === undefined ? Math.min(STORE_FLOOR_SECONDS, defaultSeconds) : seconds(lifetime.min)
  const at = ['roles', name, 'lifetime']
  if (maxSeconds > MAX_LIFETIME_SECONDS)
    problems.push(error('lifetime_too_long', [...at, 'max'], 'at most 12h'))
  if (minSeconds < LEAST_LIFETIME_SECONDS) {
    problems.push(
      error(
        'lifetime_too_short',
        at,
        `a session of less than ${LEAST_LIFETIME_SECONDS} seconds is over before it is used`,
      ),
    )
  }
  if (minSeconds > defaultSeconds || defaultSeconds > maxSeconds) {
    problems.push(error('lifetime_order', at, 'min ≤ default ≤ max'))
  }
  return {
    ...rest,
    lifetime: { minSeconds, defaultSeconds, maxSeconds },
    replay: replay === undefined ? null : { windowSeconds: seconds(replay.window) },
    policies: policies.map((used) => ({
      use: used.use,
      with: Object.fromEntries(
        entries(used.with).map(([key, value]) => [key, typeof value === 'string' ? { value } : value]),
      ),
    })),
  }
}

/** A YAML `42` is a number, and an issuer that sends ids as text never sends it: such a mapping matches nobody. */
function warnTextClaims(input: {
  name: string
  body: ConfigurationFile['mappings'][string]
  file: ConfigurationFile
  problems: Problem[]
}): void {
  const preset = presetOf(input.file.issuers[input.body.issuer]?.preset ?? '')
  if (preset === undefined) return
  for (const member of ['when', 'unless'] as const) {
    for (const [index, condition] of input.body[member].entries()) {
      const claim = condition.claim.length === 1 ? (condition.claim[0] ?? '') : ''
      if (
        claim === '' ||
        !isTextClaim(preset, claim) ||
        valuesOf(condition).every((value) => typeof value === 'string')
      )
        continue
      const words = `this issuer sends \`${claim}\` as text; quote the value`
      input.problems.push({
        ...error('claim_is_text', ['mappings', input.name, member, index], words),
        severity: 'warning',
      })
    }
  }
}

function valuesOf(condition: ConditionBody): readonly Scalar[] {
  if ('equals' in condition) return [condition.equals]
  if ('contains' in condition) return [condition.contains]
  if ('containsAnyOf' in condition) return condition.containsAnyOf
  return 'anyOf' in condition ? condition.anyOf : []
}

/** A union's problem is that of the branch that came nearest: the one that fails last. */
function problemsOf(issue: z.core.$ZodIssue, prefix: readonly (string | number)[] = []): Problem[] {
  const path = [...prefix, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => error('member_unknown', [...path, key], `\`${key}\` is not a member here`))
  }
  if (issue.code === 'invalid_union') {
    const nearest = issue.errors.toSorted((a, b) => cost(a) - cost(b))[0]
    if (nearest !== undefined && nearest.length > 0) return nearest.flatMap((one) => problemsOf(one, path))
  }
  if (issue.code === 'invalid_key')
    return [error('name_invalid', path, issue.issues[0]?.message ?? 'not a name')]
  const missing =
    issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined')
  return [error(missing ? 'member_missing' : 'value_invalid', path, issue.message)]
}

function cost(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) =>
      sum + (issue.code === 'unrecognized_keys' ? 2 * issue.keys.length : 1) - issue.path.length * 0.1,
    0,
  )
}

function seconds(value: string | number): number {
  return parseDuration(value) ?? Number.NaN
}

function error(code: string, path: readonly (string | number)[], message: string): Problem {
  return { severity: 'error', code, path, message }
}

function entries<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record)
}

import type { ExplainedMapping, Explanation, Near } from '../domain/explanation.ts'
import { safeText } from '../domain/safe-text.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import { describeNearness } from './nearness.ts'

const USAGE = `usage: stint why <request or assumption id> [--all] [--json] [--server URL] [--token-file FILE]

Says why an exchange was refused, and what would have to change. --all shows more than the three nearest mappings.
`
const SHOWN = 3
/** An id that somebody was answered with and the log does not know: which of these it is, they can tell. */
const NOT_FOUND = `nothing is recorded under that id: it is of another server, or mistyped; or the request was refused for its own form,
which its answer named, before there was an exchange; or it was counted with others, and their summary comes in a second
`
const ALL = 100

/** `stint why <id>`: the first line says what happened, the second what to do, the rest why. */
export async function whyCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const [id, ...more] = parsed?.positionals ?? []
  if (parsed === null || id === undefined || more.length > 0) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const limit = parsed.values.all === true ? ALL : SHOWN
  const path = `/v1/admin/explain/${encodeURIComponent(id)}?limit=${limit}`
  const answer = await askAdmin(to, { method: 'GET', path }, io)
  if (!answer.ok) {
    io.stderr(`stint: ${answer.text}\n${answer.text.startsWith('not_found') ? NOT_FOUND : ''}`)
    return answer.exit
  }
  const explanation = answer.body as Explanation // the admin door's own answer
  io.stdout(parsed.values.json === true ? `${JSON.stringify(explanation, null, 2)}\n` : describe(explanation))
  return EXIT.ok
}

function describe(explanation: Explanation): string {
  const { outcome, code, what, next, request, at, mappings, mappingsInAll } = explanation
  const blocks = [
    `${outcome}${code === null ? '' : ` (${code})`}: ${what}`,
    ...(outcome === 'granted' ? [] : [`to do: ${next}`]),
    '',
    `${request}, ${at}`,
    ...facts(explanation),
    ...near('nearest issuers', explanation.nearIssuers),
    ...near('nearest roles', explanation.nearRoles),
    ...explanation.elsewhere.map(
      ({ mapping, issuer, role }) => `\`${mapping}\` of issuer \`${issuer}\` is for role \`${role}\``,
    ),
    ...explanation.nearestElsewhere.flatMap((one) => [
      '',
      `of issuer \`${one.issuer}\`:`,
      ...describeNearness(one),
    ]),
    ...mappings.flatMap((one) => ['', ...describeNearness(one), ...describeToday(one)]),
    ...(mappingsInAll > mappings.length
      ? ['', `${mappingsInAll - mappings.length} more; --all shows them`]
      : []),
  ]
  return `${blocks.join('\n')}\n`
}

function facts({
  subject,
  asked,
  claimed,
  issuer,
  generation,
  admittedToday,
}: Explanation): readonly string[] {
  const { decided, now } = generation
  const changed = decided === null || decided === now ? '' : `, and ${now} stands now`
  return [
    ...(subject === null ? [] : [`subject ${safeText(subject.sub)} of issuer \`${subject.issuer}\``]),
    ...(asked === null
      ? []
      : [`asked for ${asked.role === null ? 'no role by name' : safeText(asked.role)}`]),
    ...(claimed === null
      ? []
      : [`not verified: iss ${shown(claimed.issuer)}, alg ${shown(claimed.alg)}, kid ${shown(claimed.kid)}`]),
    ...(issuer === null
      ? []
      : [
          `issuer \`${issuer.name}\` takes audiences ${issuer.audiences.join(' ')}, ${issuer.algorithms.join(' ')}, typ ${issuer.typ.map((typ) => typ ?? 'none').join(' ')}`,
        ]),
    ...(decided === null ? [] : [`decided by generation ${decided}${changed}`]),
    ...(changed !== '' && admittedToday.length > 0 ? [`today admitted by ${admittedToday.join(', ')}`] : []),
  ]
}

function shown(text: string | null): string {
  return text === null ? 'nothing readable' : safeText(text)
}

function near(title: string, names: readonly Near[]): readonly string[] {
  return names.length === 0
    ? []
    : [`${title}:`, ...names.map(({ name, value, difference }) => `  ${name}  ${value}  (${difference})`)]
}

function describeToday({ admits, today }: ExplainedMapping): readonly string[] {
  if (today === 'gone') return ['  today it is not in the configuration']
  if (today === 'matches' && !admits) return ['  today it matches']
  return today === 'does_not_match' && admits ? ['  today it does not match'] : []
}

function read(argv: readonly string[]) {
  return readArguments(argv, {
    all: { type: 'boolean' },
    json: { type: 'boolean' },
  })
}

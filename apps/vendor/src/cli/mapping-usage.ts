import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint mapping usage <name> [--from DATE] [--to DATE] [--step day|week|month] [--json]
                           [--server URL] [--token-file FILE]

How a mapping was used, by UTC days: 90 of them up to today where nothing is said.
`
const QUERY = ['from', 'to', 'step'] as const

type Counts = Readonly<Record<'issued' | 'redelivered' | 'refused' | 'withheld' | 'upstreamFailed', number>>
type Between = { readonly first: string; readonly last: string } | null
type Told = { readonly count: number; readonly more: boolean }
type Report = {
  readonly mapping: string
  readonly from: string
  readonly to: string
  readonly step: string
  readonly counts: Counts
  readonly used: Between
  readonly ever: Between
  readonly versions: readonly {
    readonly version: number
    readonly issuer: string
    readonly role: string
    readonly counts: Counts
  }[]
  readonly subjects: Told
  readonly networks: Told
  readonly given: { readonly p95Seconds: number | null }
  readonly points: readonly {
    readonly from: string
    readonly counts: Counts
    readonly refusals: Readonly<Record<string, number>>
  }[]
}

/** `stint mapping usage`: totals, versions, then a line a step. */
export async function mappingUsageCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const name = parsed?.positionals[0]
  if (parsed === null || name === undefined || parsed.positionals.length > 1) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const { values } = parsed
  const to = await adminConnection(values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const query = new URLSearchParams()
  for (const one of QUERY) if (values[one] !== undefined) query.set(one, values[one])
  const path = `/v1/admin/mappings/${encodeURIComponent(name)}/usage?${query}`
  const answer = await askAdmin(to, { method: 'GET', path }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const report = answer.body as Report // the admin door's own answer
  io.stdout(values.json === true ? `${JSON.stringify(report, null, 2)}\n` : describe(report))
  return EXIT.ok
}

function describe(report: Report): string {
  const { mapping, from, to, ever, used, subjects, networks, given, versions, points } = report
  if (ever === null && points.length === 0) return `${mapping}: never used\n`
  const last = ever === null ? 'never gave anything' : `first used ${ever.first}, last used ${ever.last}`
  const when = used === null ? 'gave nothing' : countsInWords(report.counts)
  const lifetime = given.p95Seconds === null ? '' : `, 95 in 100 for ${given.p95Seconds} s or less`
  return [
    `${mapping}: ${last}`,
    `${from} to ${to}: ${used === null ? `${when}${report.counts.refused === 0 ? '' : `, refused ${report.counts.refused}`}` : when}`,
    `  ${told(subjects, 'subject')} from ${told(networks, 'network')}${lifetime}`,
    ...versions.map(
      ({ version, issuer, role, counts }) =>
        `  version ${version} (${issuer} → ${role}): ${countsInWords(counts)}`,
    ),
    ...points.map((point) => `  ${point.from}  ${countsInWords(point.counts)}${codesOf(point.refusals)}`),
    '',
  ].join('\n')
}

function countsInWords({ issued, redelivered, refused, withheld, upstreamFailed }: Counts): string {
  const parts: readonly (readonly [number, string])[] = [
    [redelivered, 'given again'],
    [refused, 'refused'],
    [withheld, 'withheld'],
    [upstreamFailed, 'failed at the store'],
  ]
  return [
    `${issued} given`,
    ...parts.flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`])),
  ].join(', ')
}

function codesOf(refusals: Readonly<Record<string, number>>): string {
  const codes = Object.entries(refusals).map(([code, count]) => `${count} ${code}`)
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`
}

function told({ count, more }: Told, word: string): string {
  return `${count}${more ? ' and more' : ''} ${word}${count === 1 && !more ? '' : 's'}`
}

function read(argv: readonly string[]) {
  return readArguments(argv, {
    from: { type: 'string' },
    to: { type: 'string' },
    step: { type: 'string' },
    json: { type: 'boolean' },
  })
}

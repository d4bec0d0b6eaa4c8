import { safeText } from '../domain/safe-text.ts'
import type { ShadowEffect, ShadowReport, ShadowSample, ShadowUse } from '../domain/shadow.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import { mappingUsageCommand } from './mapping-usage.ts'

const USAGE = `usage: stint mapping shadow <name> [--json] [--server URL] [--token-file FILE]
       stint mapping usage <name> [--from DATE] [--to DATE] [--step day|week|month] [--json]
       stint mapping test -f stint.yaml (--claims FILE | --token-file FILE) [--issuer NAME] [--role NAME]

  test     what a token with these claims would get by that file, and why; on this machine alone
  usage    what a mapping gave and refused, to how many, and when it was last used
  shadow   what a mapping in mode \`shadow\` would have done, counted since it was put there
`

/** `stint mapping …`. */
export async function mappingCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  if (argv[0] === 'test') {
    // Decides by the whole engine: loaded by who asks for it only.
    const { mappingTestCommand } = await import('./mapping-test.ts')
    return mappingTestCommand(argv.slice(1), io)
  }
  if (argv[0] === 'usage') return mappingUsageCommand(argv.slice(1), io)
  const parsed = read(argv)
  const [verb, name] = parsed?.positionals ?? []
  if (parsed === null || verb !== 'shadow' || name === undefined) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const path = `/v1/admin/mappings/${encodeURIComponent(name)}/shadow`
  const answer = await askAdmin(to, { method: 'GET', path }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const report = answer.body as ShadowReport // the admin door's own answer
  io.stdout(parsed.values.json === true ? `${JSON.stringify(report, null, 2)}\n` : describe(report))
  return EXIT.ok
}

function describe({ mapping, now, versions }: ShadowReport): string {
  const stands = now === null ? 'not in force and not in shadow' : `${now.mode}, version ${now.version}`
  const head = `${mapping}: ${stands}\n`
  if (versions.length === 0) {
    return `${head}nothing was decided while it stood in shadow\n`
  }
  return [head, ...versions.map(describeVersion)].join('\n')
}

const WORDS: Readonly<Record<ShadowEffect, string>> = {
  would_admit: 'refused, and it would have admitted them',
  also_admitted: 'granted by others, and it matched as well',
  would_refuse: 'granted, and it would have had them refused',
  still_refused: 'refused, and it matched without changing that',
  not_matched_granted: 'granted by others, and it did not match',
  not_matched_refused: 'refused, and it did not match',
}
/** In the order in which somebody who thinks of putting it in force wants to know. */
const SHOWN: readonly ShadowEffect[] = [
  'would_admit',
  'would_refuse',
  'also_admitted',
  'still_refused',
  'not_matched_granted',
  'not_matched_refused',
]
const SAMPLED: readonly ShadowEffect[] = ['would_admit', 'would_refuse', 'not_matched_granted']

function describeVersion({ version, totals, days, subjects, samples }: ShadowUse): string {
  const span = `${days[0]?.day ?? ''} to ${days.at(-1)?.day ?? ''}`
  const width = Math.max(...SHOWN.map((effect) => String(totals[effect]).length))
  const counts = SHOWN.map((effect) => `  ${String(totals[effect]).padStart(width)}  ${WORDS[effect]}`)
  const who = `${subjects.count}${subjects.more ? ' and more' : ''} ${subjects.count === 1 ? 'subject' : 'subjects'}`
  const inForce = `  in force it would newly admit ${who}`
  const shown = SAMPLED.flatMap((effect) =>
    samples[effect].length === 0
      ? []
      : [`  newest: ${WORDS[effect]}`, ...samples[effect].map(describeSample)],
  )
  return `${[`version ${version}, ${span}`, ...counts, inForce, ...shown].join('\n')}\n`
}

function describeSample({ at, request, issuer, sub }: ShadowSample): string {
  return `    ${at}  ${request}  ${issuer} ${safeText(sub)}`
}

function read(argv: readonly string[]) {
  return readArguments(argv, { json: { type: 'boolean' } })
}

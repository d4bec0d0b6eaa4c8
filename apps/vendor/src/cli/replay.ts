import { parseArgs } from 'node:util'
import type { Problem } from '../domain/resource.ts'
import { safeText } from '../domain/safe-text.ts'
import { type AdminConnection, adminConnection, refusedAnswer } from './admin-client.ts'
import { answerLines } from './answer-lines.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import { readYaml } from './yaml-source.ts'

const USAGE = `usage: stint replay -f stint.yaml [--days N] [--limit N] [--json] [--server URL] [--token-file FILE]

What the configuration in the file would have made of the decisions of the last 30 days, or N: whom it would newly refuse
or allow, and what nobody can tell because a claim was not recorded. It changes nothing. Budgets, limits of use, locks and
probes are of the moment and are not replayed.
`
const TIMEOUT_MS = 10 * 60_000
const TENTHS = 10

type Said = { readonly code: string | null; readonly role: string | null } | null
type Item = {
  readonly issuer: string
  readonly sub: string
  readonly roleAsked: string | null
  readonly present: Said
  readonly drafted: Said
  readonly unknown: readonly (readonly string[])[]
  readonly count: number
  readonly last: string
  readonly assumption: string
}
type List = { readonly items: readonly Item[]; readonly more: number }
const LISTS = ['refuses', 'allows', 'differs', 'cannot_tell'] as const
type ListName = (typeof LISTS)[number]
type Report = Readonly<Record<ListName, List>> & {
  readonly from: string
  readonly to: string
  readonly decisions: number
  readonly counts: Readonly<Record<ListName | 'unchanged', number>>
  readonly notReplayed: Readonly<
    Record<'chained' | 'unverified' | 'limited' | 'summarised' | 'pruned', number>
  >
}
type Line = {
  readonly progress?: { readonly done: number; readonly of: number }
  readonly report?: Report
  readonly error?: { readonly code: string }
}

/** `stint replay`: the counts, then who is behind them; progress on standard error. */
export async function replayCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const flags = read(argv)
  if (flags?.file === undefined) return usage(io, 'name the file: -f stint.yaml')
  const { file } = flags
  const text = await io.readFile(file).catch(() => null)
  if (text === null) return usage(io, `${file} cannot be read`)
  const source = readYaml(text)
  if (!source.ok) {
    for (const { position, message } of source.problems)
      io.stderr(`${file}:${position.line}:${position.column} error yaml_invalid ${message}\n`)
    return EXIT.problems
  }
  const to = await adminConnection(flags, io)
  if (typeof to === 'string') return usage(io, to)
  const query = new URLSearchParams()
  for (const name of ['days', 'limit'] as const) if (flags[name] !== undefined) query.set(name, flags[name])
  const answer = await ask(to, { query, configuration: source.content }, io)
  if (!answer.ok) {
    for (const { severity, code, path, message } of answer.problems) {
      const { line, column } = source.locate(path)
      io.stderr(`${file}:${line}:${column} ${severity} ${code} ${path.join('.')}: ${message}\n`)
    }
    io.stderr(`stint: ${answer.text}\n`)
    return answer.exit
  }
  io.stdout(flags.json === true ? `${JSON.stringify(answer.report, null, 2)}\n` : describe(answer.report))
  return EXIT.ok
}

type Answer =
  | { readonly ok: true; readonly report: Report }
  | {
      readonly ok: false
      readonly exit: ExitCode
      readonly text: string
      readonly problems: readonly Problem[]
    }

async function ask(
  to: AdminConnection,
  { query, configuration }: { readonly query: URLSearchParams; readonly configuration: unknown },
  io: CommandIo,
): Promise<Answer> {
  const none = {
    ok: false,
    exit: EXIT.unavailable,
    text: `no answer from ${to.server}`,
    problems: [],
  } as const
  try {
    const response = await io.fetch(`${to.server}/v1/admin/config:replay?${query}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${to.token}`,
        'content-type': 'application/json',
        accept: 'application/x-ndjson',
      },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      body: JSON.stringify({ configuration }),
    })
    if (!response.ok || response.body === null)
      return refusedAnswer(response.status, await response.json().catch(() => null))
    let said = 0
    for await (const line of answerLines<Line>(response.body)) {
      if (line.report !== undefined) return { ok: true, report: line.report }
      if (line.error !== undefined) return { ...none, text: line.error.code }
      const tenth = Math.floor(((line.progress?.done ?? 0) / Math.max(1, line.progress?.of ?? 1)) * TENTHS)
      if (tenth > said) io.stderr(`stint: ${tenth * TENTHS} % of ${line.progress?.of ?? 0} events replayed\n`)
      said = Math.max(said, tenth)
    }
    return none
  } catch {
    return none
  }
}

function describe(report: Report): string {
  const { counts, decisions, from, to, notReplayed } = report
  const { chained, limited, summarised, pruned } = notReplayed
  const head =
    `would newly refuse ${counts.refuses}, newly allow ${counts.allows}, give otherwise ${counts.differs}, ` +
    `cannot tell ${counts.cannot_tell}; ${counts.unchanged} of ${decisions} decisions stay as they are`
  const aside = [
    [limited, 'were refused by a budget, a limit of use, a lock or a probe, which are not replayed'],
    [chained, 'rest on the decision of another session and are not replayed'],
    [summarised, 'refusals of a flood were only counted and are not replayed'],
    [pruned, 'were pruned by their age: nobody can tell what they would have become'],
  ] as const
  return [
    head,
    `${from.slice(0, 10)} to ${to.slice(0, 10)}`,
    ...LISTS.flatMap((name) => describeList(name, report[name])),
    ...aside.flatMap(([count, words]) => (count === 0 ? [] : [`${count} ${words}`])),
    '',
  ].join('\n')
}

const WORDS: Readonly<Record<ListName, string>> = {
  refuses: 'would newly refuse',
  allows: 'would newly allow',
  differs: 'would give another role, store, tags, session policy or lifetime',
  cannot_tell: 'cannot tell',
}

function describeList(name: ListName, { items, more }: List): readonly string[] {
  if (items.length === 0) return []
  const lines = items.map(
    (item) =>
      `  ${item.count} × ${item.issuer} ${safeText(item.sub)}${item.roleAsked === null ? '' : ` → ${safeText(item.roleAsked)}`}: ` +
      `${whyOf(item)} (newest ${item.last}, ${item.assumption})`,
  )
  return [`${WORDS[name]}:`, ...lines, ...(more === 0 ? [] : [`  and ${more} more`])]
}

function whyOf({ present, drafted, unknown }: Item): string {
  if (unknown.length > 0)
    return `${unknown.map((path) => `\`${safeText(path.join('.'))}\``).join(', ')} was not recorded`
  if (present === null || drafted === null) return 'it rests on a claim that was not recorded'
  if (present.code === null && drafted.code === null)
    return `granted ${present.role ?? ''}, then ${drafted.role ?? ''}`
  return `${present.code ?? `granted ${present.role ?? ''}`}, then ${drafted.code ?? `granted ${drafted.role ?? ''}`}`
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        file: { type: 'string', short: 'f' },
        days: { type: 'string' },
        limit: { type: 'string' },
        json: { type: 'boolean' },
        server: { type: 'string' },
        'token-file': { type: 'string' },
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

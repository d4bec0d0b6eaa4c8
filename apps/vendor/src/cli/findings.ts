import { parseArgs } from 'node:util'
import type { ListedFinding, LogFinding } from '../flows/findings.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint findings [--rule ID] [--severity warning|notice] [--kind KIND] [--name NAME]
                      [--detector S01..S20] [--source lint|detector|store] [--json] [--server URL] [--token-file FILE]
       stint findings --gone [--json] …

What somebody should think about in what stands: see docs/LINT.md and docs/DETECTORS.md. With --gone: what detectors found
and find no more.
`
const FILTERS = ['rule', 'severity', 'kind', 'name', 'detector', 'source'] as const
const PAGE = 1_000

type Shown = ListedFinding | LogFinding
type Gone = Pick<Shown, 'rule' | 'severity' | 'kind' | 'name' | 'message' | 'detector'> & {
  readonly firstSeen: string
  readonly gone: string
}
type Page = {
  readonly generation: number
  readonly total: number
  readonly findings: readonly (Shown | Gone)[]
  readonly next: number | null
}

/** `stint findings`: a block a finding, warnings first, then a count. */
export async function findingsCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const flags = read(argv)
  if (flags === null) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(flags, io)
  if (typeof to === 'string') {
    io.stderr(`stint: ${to}\n\n${USAGE}`)
    return EXIT.usage
  }
  const all: (Shown | Gone)[] = []
  for (let after: number | null = 0; after !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE), after: String(after) })
    if (flags.gone === true) query.set('state', 'gone')
    for (const name of FILTERS) if (flags[name] !== undefined) query.set(name, flags[name])
    const answer = await askAdmin(to, { method: 'GET', path: `/v1/admin/findings?${query}` }, io)
    if (!answer.ok) {
      io.stderr(`stint: ${answer.text}\n`)
      return answer.exit
    }
    const page = answer.body as Page // the admin door's own answer
    all.push(...page.findings)
    after = page.next
  }
  io.stdout(flags.json === true ? `${JSON.stringify(all, null, 2)}\n` : describe(all))
  return EXIT.ok
}

function describe(findings: readonly (Shown | Gone)[]): string {
  const blocks = findings.map((one) => ('gone' in one ? goneBlock(one) : block(one)))
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  return `${blocks.join('')}${warnings} warnings, ${findings.length - warnings} notices\n`
}

function block({ rule, severity, kind, name, at, message, fix, detector, firstSeen }: Shown): string {
  const where = at.length === 0 ? '' : ` ${at.join('.')}`
  const told =
    detector === null ? '' : ` [${detector}${firstSeen === null ? '' : ` since ${dayOf(firstSeen)}`}]`
  return `${severity} ${rule}: ${kind} ${name}${where}${told}\n  ${message}\n  → ${fix}\n`
}

function goneBlock({ rule, severity, kind, name, message, detector, firstSeen, gone }: Gone): string {
  return `${severity} ${rule}: ${kind} ${name} [${detector}]\n  ${message}\n  from ${dayOf(firstSeen)} to ${dayOf(gone)}\n`
}

function dayOf(instant: string): string {
  return instant.slice(0, 10)
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        rule: { type: 'string' },
        severity: { type: 'string' },
        kind: { type: 'string' },
        name: { type: 'string' },
        detector: { type: 'string' },
        source: { type: 'string' },
        gone: { type: 'boolean' },
        json: { type: 'boolean' },
        server: { type: 'string' },
        'token-file': { type: 'string' },
      },
    }).values
  } catch {
    return null
  }
}

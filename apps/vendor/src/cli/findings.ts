import { parseArgs } from 'node:util'
import type { Finding } from '../domain/lint/rule.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint findings [--rule ID] [--severity warning|notice] [--kind KIND] [--name NAME] [--json]
                      [--server URL] [--token-file FILE]

What somebody should think about in the configuration that stands: see docs/LINT.md.
`
const FILTERS = ['rule', 'severity', 'kind', 'name'] as const
const PAGE = 1_000

type Page = {
  readonly generation: number
  readonly total: number
  readonly findings: readonly Finding[]
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
  const all: Finding[] = []
  for (let after: number | null = 0; after !== null; ) {
    const query = new URLSearchParams({ limit: String(PAGE), after: String(after) })
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

function describe(findings: readonly Finding[]): string {
  const blocks = findings.map(({ rule, severity, kind, name, at, message, fix }) => {
    const where = at.length === 0 ? '' : ` ${at.join('.')}`
    return `${severity} ${rule}: ${kind} ${name}${where}\n  ${message}\n  → ${fix}\n`
  })
  const warnings = findings.filter(({ severity }) => severity === 'warning').length
  return `${blocks.join('')}${warnings} warnings, ${findings.length - warnings} notices\n`
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
        json: { type: 'boolean' },
        server: { type: 'string' },
        'token-file': { type: 'string' },
      },
    }).values
  } catch {
    return null
  }
}

import { parseArgs } from 'node:util'
import type { Problem } from '../domain/resource.ts'
import type { Plan } from '../flows/configuration-draft.ts'
import { type AdminConnection, adminConnection, askAdmin } from './admin-client.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import { wideningLines } from './widening.ts'
import { readYaml } from './yaml-source.ts'

const USAGE = `usage: stint plan|apply -f stint.yaml [--server URL] [--token-file FILE]

  plan   shows what would change and every problem, and changes nothing
  apply  plans, then makes it so, all or nothing; what widens waits for a second person (exit 6)

The server is also read from STINT_SERVER, the admin token from STINT_ADMIN_TOKEN.
`

const MARK: Readonly<Record<string, string>> = { create: '+', change: '~', enable: '+', disable: '-' }

/** A hundred thousand mappings take seconds to plan and to write. */
const TIMEOUT_MS = 10 * 60_000
const TENTHS = 10

/** Says on standard error how far a large file is read, a tenth at a time. */
function progressOf(file: string, io: CommandIo): (share: number) => void {
  let said = 0
  return (share) => {
    const tenth = Math.floor(share * TENTHS)
    if (tenth === said) return
    said = tenth
    io.stderr(`stint: ${file}: ${tenth * TENTHS} % read\n`)
  }
}

/** `stint plan` and `stint apply`: standard output is the plan, standard error the problems, each with file and line. */
export async function configurationCommand(
  verb: 'plan' | 'apply',
  argv: readonly string[],
  io: CommandIo,
): Promise<ExitCode> {
  const flags = readFlags(argv)
  if (flags?.file === undefined) return usage(io, 'name the file: -f stint.yaml')
  const { file } = flags
  const text = await io.readFile(file).catch(() => null)
  if (text === null) return usage(io, `${file} cannot be read`)
  const source = readYaml(text, { onProgress: progressOf(file, io) })
  if (!source.ok) {
    for (const { position, message } of source.problems) {
      io.stderr(`${file}:${position.line}:${position.column} error yaml_invalid ${message}\n`)
    }
    return EXIT.problems
  }
  const print: Work['print'] = (problems, more = 0) => {
    for (const { severity, code, path, message } of problems) {
      const { line, column } = source.locate(path)
      io.stderr(`${file}:${line}:${column} ${severity} ${code} ${path.join('.')}: ${message}\n`)
    }
    if (more > 0) io.stderr(`${file}: and ${more} more problems\n`)
  }
  const to = await adminConnection(flags, io)
  if (typeof to === 'string') return usage(io, to)
  return run(verb, { to, content: source.content, print }, io)
}

const REPLAY_HINT = 'what it would have made of the last 30 days: stint replay with the same file\n'

type Work = {
  readonly to: AdminConnection
  readonly content: unknown
  readonly print: (problems: readonly Problem[], more?: number) => void
}

async function run(verb: 'plan' | 'apply', work: Work, io: CommandIo): Promise<ExitCode> {
  const { to, content: configuration, print } = work
  const planned = await askAdmin(
    to,
    { method: 'POST', path: '/v1/admin/config:plan', body: { configuration }, timeoutMs: TIMEOUT_MS },
    io,
  )
  if (!planned.ok) return failed(planned, print, io)
  const plan = planned.body as Plan // the admin door's own answer
  print(plan.problems, plan.moreProblems)
  if (plan.problems.some(({ severity }) => severity === 'error')) return EXIT.problems
  io.stdout(describePlan(plan))
  if (verb === 'plan' && plan.changes.length > 0) io.stdout(REPLAY_HINT)
  if (verb === 'plan' || plan.changes.length === 0) return EXIT.ok
  const body = { configuration, expectedGeneration: plan.generation }
  const applied = await askAdmin(
    to,
    { method: 'POST', path: '/v1/admin/config:apply', body, timeoutMs: TIMEOUT_MS },
    io,
  )
  if (!applied.ok) return failed(applied, print, io)
  const { change } = applied.body as { change?: { id: string } } // the admin door's own answer
  if (change !== undefined) {
    io.stdout(`nothing applied: ${change.id} waits for a second person: stint change approve ${change.id}\n`)
    return EXIT.waits
  }
  io.stdout(`applied: generation ${plan.generation + 1}, ${plan.hashAfter.slice(0, 12)}\n`)
  return EXIT.ok
}

function failed(
  answer: { exit: ExitCode; text: string; problems: readonly Problem[]; moreProblems: number },
  print: Work['print'],
  io: CommandIo,
): ExitCode {
  print(answer.problems, answer.moreProblems)
  io.stderr(`stint: ${answer.text}\n`)
  return answer.exit
}

/** The plan in words: one line a resource, one a member that differs. */
export function describePlan(plan: Plan): string {
  if (plan.changes.length === 0) return `nothing to change at generation ${plan.generation}\n`
  const blocks = plan.changes.map(({ action, kind, name, version, lines }) =>
    [
      `${MARK[action] ?? '?'} ${action} ${kind} ${name} (version ${version})`,
      ...lines.map((line) => `    ${line}`),
    ].join('\n'),
  )
  const count = `${plan.changes.length} to change on generation ${plan.generation}`
  return `${[...blocks, ...wideningLines(plan), count].join('\n')}\n`
}

function readFlags(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        file: { type: 'string', short: 'f' },
        server: { type: 'string' },
        'token-file': { type: 'string' },
      },
    })
    return values
  } catch {
    return null
  }
}

function usage(io: CommandIo, words: string): ExitCode {
  io.stderr(`stint: ${words}\n\n${USAGE}`)
  return EXIT.usage
}

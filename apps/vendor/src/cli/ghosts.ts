import type { Ghost } from '../domain/access/ghost.ts'
import { GHOST_REASONS } from '../domain/access/ghost.ts'
import { safeText } from '../domain/safe-text.ts'
import type { AdminConnection } from './admin-client.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint ghosts [--all] [--target NAME] [--json] [--server URL] [--token-file FILE]
       stint ghosts dismiss <id> --reason TEXT [--server URL] [--token-file FILE]
       stint ghosts look <target> [--server URL] [--token-file FILE]

Sessions that a store knows and the log does not, or that should be over (docs/GHOSTS.md).

  dismiss  somebody looked into it: it is no finding any more, and stays in the log
  look     asks the store for its list of sessions now
`
const PAGE = 500

/** `stint ghosts`: three lines a ghost, newest first. */
export async function ghostsCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const [verb = 'list', of, ...more] = parsed?.positionals ?? []
  const { reason = '' } = parsed?.values ?? {}
  const isWhole =
    (verb === 'list' && of === undefined) ||
    (verb === 'look' && of !== undefined) ||
    (verb === 'dismiss' && of !== undefined && reason !== '')
  if (parsed === null || !isWhole || more.length > 0) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const json = parsed.values.json === true
  if (verb === 'look') return look(to, of ?? '', io)
  if (verb === 'dismiss') return dismiss(to, { id: of ?? '', reason, json }, io)
  return list(to, { all: parsed.values.all === true, target: parsed.values.target, json }, io)
}

async function list(
  to: AdminConnection,
  asked: { readonly all: boolean; readonly target: string | undefined; readonly json: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const found: Ghost[] = []
  const query = new URLSearchParams({ state: asked.all ? 'all' : 'open', limit: String(PAGE) })
  if (asked.target !== undefined) query.set('target', asked.target)
  for (let before: string | null = ''; before !== null; ) {
    if (before !== '') query.set('before', before)
    const answer = await askAdmin(to, { method: 'GET', path: `/v1/admin/ghosts?${query}` }, io)
    if (!answer.ok) return refusalSaid(io, answer)
    const page = answer.body as { ghosts: readonly Ghost[]; next: string | null } // the admin door's own answer
    found.push(...page.ghosts)
    before = page.next
  }
  const words = () => [...found.flatMap(ghostLines), `${found.length} ghosts`].join('\n')
  io.stdout(asked.json ? `${JSON.stringify(found, null, 2)}\n` : `${words()}\n`)
  return EXIT.ok
}

async function dismiss(
  to: AdminConnection,
  asked: { readonly id: string; readonly reason: string; readonly json: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const path = `/v1/admin/ghosts/${encodeURIComponent(asked.id)}:dismiss`
  const answer = await askAdmin(to, { method: 'POST', path, body: { reason: asked.reason } }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const ghost = answer.body as Ghost // the admin door's own answer
  io.stdout(asked.json ? `${JSON.stringify(ghost, null, 2)}\n` : `${ghostLines(ghost).join('\n')}\n`)
  return EXIT.ok
}

async function look(to: AdminConnection, target: string, io: CommandIo): Promise<ExitCode> {
  const path = `/v1/admin/targets/${encodeURIComponent(target)}:reconcile`
  const answer = await askAdmin(to, { method: 'POST', path, body: {} }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const { sessions, failed } = answer.body as { sessions: number; failed: string | null } // the admin door's own answer
  if (failed !== null) {
    io.stderr(`stint: the list of ${target} could not be read: ${failed}\n`)
    return EXIT.failed
  }
  io.stdout(`${target}: ${sessions} sessions held against the log; stint ghosts --target ${target}\n`)
  return EXIT.ok
}

function ghostLines(ghost: Ghost): readonly string[] {
  const { id, at, target, accessKeyId, sub, assumption, source, uses, expires, dismissed } = ghost
  const from = source === null ? '' : `, last from ${safeText(source)}`
  const until = expires === null ? '' : `, lives until ${expires}`
  return [
    `${id} ${at} ${target}: ${ghost.reason}`,
    `  ${GHOST_REASONS[ghost.reason]}`,
    `  key ${safeText(accessKeyId)}, sub ${safeText(sub)}${assumption === null ? '' : ' (stint why tells of it)'}, ${uses} requests${from}${until}, by its ${ghost.by}`,
    ...(dismissed === null
      ? []
      : [`  put away by ${dismissed.by}, ${dismissed.at}: ${safeText(dismissed.reason)}`]),
  ]
}

function read(argv: readonly string[]) {
  return readArguments(argv, {
    all: { type: 'boolean' },
    target: { type: 'string' },
    reason: { type: 'string' },
    json: { type: 'boolean' },
  })
}

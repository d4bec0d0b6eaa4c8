import type { Actor } from '../domain/audit-event.ts'
import type { Widening } from '../domain/widening.ts'
import type { Plan } from '../flows/configuration-draft.ts'
import type { AdminConnection } from './admin-client.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { describePlan } from './configuration.ts'
import type { CommandIo } from './io.ts'
import { EXIT, type ExitCode } from './io.ts'
import { wideningLines } from './widening.ts'

const USAGE = `usage: stint change list [--state pending|applied|rejected|withdrawn]
       stint change show ID
       stint change approve|reject|withdraw ID [--hash HASH] [--reason TEXT]

  list      what waits for a second person
  show      one change: who asked, the plan, how it widens
  approve   applies it; whoever asked for it cannot
  reject    it waits no more
  withdraw  its author takes it back

An answer is to one hash: that of --hash, else the one that the server shows now.
The server is also read from STINT_SERVER (--server), the admin token from STINT_ADMIN_TOKEN (--token-file).
`

type Change = {
  readonly id: string
  readonly state: string
  readonly stale: boolean
  readonly generation: number
  readonly hash: string
  readonly author: Actor
  readonly at: string
  readonly widens: readonly Widening[]
  readonly moreWidens: number
  readonly decided: { readonly by: Actor; readonly at: string; readonly reason: string | null } | null
  readonly plan?: Plan
}

const ANSWERS = ['approve', 'reject', 'withdraw']
/** A large change takes as long as its apply. */
const TIMEOUT_MS = 10 * 60_000

/** `stint change`: what waits for a second person, and the answers to it. */
export async function changeCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const read = readFlags(argv)
  if (read === null) return usageSaid(io, 'see below', USAGE)
  const [verb = '', id = '', ...more] = read.positionals
  if (more.length > 0 || (verb === 'list' && id !== '')) return usageSaid(io, 'too many arguments', USAGE)
  const to = await adminConnection(read.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  if (verb === 'list') return list(to, read.values.state ?? 'pending', io)
  if (id === '') return usageSaid(io, 'name the change: chg_…', USAGE)
  if (verb === 'show') return show(to, id, io)
  if (ANSWERS.includes(verb)) return answer(to, { verb, id, ...read.values }, io)
  return usageSaid(io, `no command change ${verb}`, USAGE)
}

async function list(to: AdminConnection, state: string, io: CommandIo): Promise<ExitCode> {
  let before = ''
  do {
    const path = `/v1/admin/changes?state=${encodeURIComponent(state)}${before}`
    const asked = await askAdmin(to, { method: 'GET', path }, io)
    if (!asked.ok) return refusalSaid(io, asked)
    const { changes, next } = asked.body as { changes: readonly Change[]; next: string | null } // the admin door's own answer
    for (const change of changes) io.stdout(`${lineOf(change)}\n`)
    before = next === null ? '' : `&before=${next}`
  } while (before !== '')
  return EXIT.ok
}

async function show(to: AdminConnection, id: string, io: CommandIo): Promise<ExitCode> {
  const asked = await ask(to, id, io)
  if (!asked.ok) return refusalSaid(io, asked)
  const { change } = asked
  io.stdout(`${lineOf(change)}\nhash ${change.hash} on generation ${change.generation}\n`)
  io.stdout(change.plan === undefined ? `${wideningLines(change).join('\n')}\n` : describePlan(change.plan))
  if (change.decided !== null) {
    const { by, at, reason } = change.decided
    io.stdout(`${change.state} by ${by.person} at ${at}${reason === null ? '' : `: ${reason}`}\n`)
  }
  return EXIT.ok
}

async function answer(
  to: AdminConnection,
  with_: { readonly verb: string; readonly id: string; readonly hash?: string; readonly reason?: string },
  io: CommandIo,
): Promise<ExitCode> {
  const { verb, id, reason = null } = with_
  const asked = await ask(to, id, io)
  if (!asked.ok) return refusalSaid(io, asked)
  const { generation, hash } = asked.change
  const body = { generation, hash: with_.hash ?? hash, reason }
  const path = `/v1/admin/changes/${encodeURIComponent(id)}:${verb}`
  const answered = await askAdmin(to, { method: 'POST', path, body, timeoutMs: TIMEOUT_MS }, io)
  if (!answered.ok) return refusalSaid(io, answered)
  const done =
    verb === 'approve' ? `applied: generation ${generation + 1}, ${hash.slice(0, 12)}` : `${verb}: done`
  io.stdout(`${id} ${done}\n`)
  return EXIT.ok
}

async function ask(to: AdminConnection, id: string, io: CommandIo) {
  const asked = await askAdmin(to, { method: 'GET', path: `/v1/admin/changes/${encodeURIComponent(id)}` }, io)
  return asked.ok ? { ok: true as const, change: asked.body as Change } : asked // the admin door's own answer
}

function lineOf({ id, state, stale, author, at, widens, moreWidens }: Change): string {
  const ways = widens.length + moreWidens
  return `${id} ${stale ? 'stale' : state} ${at} ${author.person}: ${ways} ${ways === 1 ? 'way' : 'ways'} wider`
}

function readFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const
  return readArguments(argv, { state: text, hash: text, reason: text })
}

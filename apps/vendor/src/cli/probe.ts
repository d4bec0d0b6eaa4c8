import type { Sheet, SheetHead } from '../domain/probe/sheet.ts'
import type { AdminAnswer, AdminConnection } from './admin-client.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import type { ScheduledAnswer } from './probe-words.ts'
import { headLine, scheduleLines, sheetLines } from './probe-words.ts'

const USAGE = `usage: stint probe [target|role] NAME [--with PLACEHOLDER=VALUE]... [--transcript] [--json]
       stint probe --list [--target NAME] [--role NAME] [--json]
       stint probe --show ID [--transcript] [--json]
       stint probe --schedule

  NAME        tries that store, or what that role may do there, with sessions that are ended and proved so
  --with      a value for a placeholder that the probe cannot make up, such as a bucket that comes from a claim
  --list      the sheets of earlier probes, newest first
  --show      one of them
  --schedule  how every target stands, and probes those that are due, one after another

Exit 1 where the store did not keep what Stint rests on, or a session is not proved to be over. See docs/probe.md.
The server is also read from STINT_SERVER (--server), the admin token from STINT_ADMIN_TOKEN (--token-file).
`

/** A probe takes 90 s at most, and others may be before it. */
const TIMEOUT_MS = 15 * 60_000
const LISTED = 20

type SheetAnswer = SheetHead & Pick<Sheet, 'tries'>
/** `stint probe`: what a store really does, as a sheet. */
export async function probeCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const flags = read(argv)
  if (flags === null) return usageSaid(io, 'see below', USAGE)
  const { values, positionals } = flags
  const given = givenOf(values.with ?? [])
  if (given === null) return usageSaid(io, 'write --with PLACEHOLDER=VALUE', USAGE)
  const modes = [values.list, values.show !== undefined, values.schedule].filter((one) => one === true)
  if (modes.length > 1 || (modes.length === 1) === positionals.length > 0)
    return usageSaid(io, 'name a target or a role', USAGE)
  const to = await adminConnection(values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const asked: Asked = { to, io, json: values.json === true, transcript: values.transcript === true }
  if (values.schedule === true) return runDue(asked)
  if (values.list === true) return list(asked, values)
  if (values.show !== undefined) {
    const path = `/v1/admin/probes/${encodeURIComponent(values.show)}`
    return printed(asked, await askAdmin(to, { method: 'GET', path }, io))
  }
  const answer = await askProbe(asked, positionals, given)
  return answer === null ? usageSaid(io, 'name a target or a role', USAGE) : printed(asked, answer)
}

type Asked = {
  readonly to: AdminConnection
  readonly io: CommandIo
  readonly json: boolean
  readonly transcript: boolean
}

/** A name alone is that of a target, or else of a role. */
async function askProbe(
  asked: Asked,
  positionals: readonly string[],
  given: Readonly<Record<string, string>>,
): Promise<AdminAnswer | null> {
  const [kind = '', name, ...more] = positionals
  if (more.length > 0 || (name !== undefined && kind !== 'target' && kind !== 'role')) return null
  const hasValues = Object.keys(given).length > 0
  if (kind === 'role' && name !== undefined) return probeRole(asked, name, given)
  if (hasValues && name !== undefined) return null
  const first = name ?? kind
  if (hasValues) return probeRole(asked, first, given)
  const ofTarget = await probeTarget(asked, first)
  const isUnknown = !ofTarget.ok && ofTarget.text.startsWith('not_found')
  return isUnknown && name === undefined ? probeRole(asked, first, given) : ofTarget
}

function probeTarget({ to, io }: Asked, name: string): Promise<AdminAnswer> {
  const path = `/v1/admin/targets/${encodeURIComponent(name)}:probe`
  return askAdmin(to, { method: 'POST', path, body: {}, timeoutMs: TIMEOUT_MS }, io)
}

function probeRole(
  { to, io }: Asked,
  name: string,
  given: Readonly<Record<string, string>>,
): Promise<AdminAnswer> {
  const path = `/v1/admin/roles/${encodeURIComponent(name)}:probe`
  return askAdmin(to, { method: 'POST', path, body: { with: given }, timeoutMs: TIMEOUT_MS }, io)
}

function printed({ io, json, transcript }: Asked, answer: AdminAnswer): ExitCode {
  if (!answer.ok) return refusalSaid(io, answer)
  const sheet = answer.body as SheetAnswer // the admin door's own answer
  io.stdout(
    json ? `${JSON.stringify(sheet, null, 2)}\n` : `${sheetLines(sheet, { transcript }).join('\n')}\n`,
  )
  return isGood(sheet) ? EXIT.ok : EXIT.failed
}

function isGood({ outcome, broken, sessions }: SheetHead): boolean {
  return outcome === 'completed' && broken.length === 0 && sessions.unproved.length === 0
}

async function list(
  { to, io, json }: Asked,
  { target, role }: { readonly target?: string | undefined; readonly role?: string | undefined },
): Promise<ExitCode> {
  const query = new URLSearchParams({ limit: String(LISTED) })
  if (target !== undefined) query.set('target', target)
  if (role !== undefined) query.set('role', role)
  const answer = await askAdmin(to, { method: 'GET', path: `/v1/admin/probes?${query}` }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const { probes } = answer.body as { probes: readonly SheetHead[] } // the admin door's own answer
  io.stdout(
    json ? `${JSON.stringify(probes, null, 2)}\n` : probes.map((one) => `${headLine(one)}\n`).join(''),
  )
  return EXIT.ok
}

/** Runs what the schedule of the server says is due, now: what it would do by itself, for whoever wants to see it. */
async function runDue(asked: Asked): Promise<ExitCode> {
  const { to, io } = asked
  const before = await askSchedule(asked)
  if (!before.ok) return refusalSaid(io, before)
  const { targets } = before.body as { targets: readonly ScheduledAnswer[] } // the admin door's own answer
  const now = io.now().toISOString()
  let worst: ExitCode = EXIT.ok
  for (const { target, due, running } of targets) {
    if (due === null || due > now || running) continue
    const answer = await probeTarget(asked, target)
    if (!answer.ok) worst = refusalSaid(io, answer)
    else if (!isGood(answer.body as SheetAnswer)) worst = EXIT.failed // the admin door's own answer
  }
  const after = await askAdmin(to, { method: 'GET', path: '/v1/admin/probe-schedule' }, io)
  if (!after.ok) return refusalSaid(io, after)
  const { targets: standing } = after.body as { targets: readonly ScheduledAnswer[] } // as above
  io.stdout(`${scheduleLines(standing).join('\n')}\n`)
  return worst
}

function askSchedule({ to, io }: Asked): Promise<AdminAnswer> {
  return askAdmin(to, { method: 'GET', path: '/v1/admin/probe-schedule' }, io)
}

function givenOf(pairs: readonly string[]): Readonly<Record<string, string>> | null {
  const split = pairs.map(
    (pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const,
  )
  return pairs.some((pair) => !pair.includes('=')) ? null : Object.fromEntries(split)
}

function read(argv: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  return readArguments(argv, {
    with: { type: 'string', multiple: true },
    list: flag,
    show: text,
    schedule: flag,
    transcript: flag,
    json: flag,
    target: text,
    role: text,
  })
}

import type { Revocation, Revoked } from '../domain/revocation.ts'
import type { RevokeReport } from '../flows/revoke.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import type { CommandIo } from './io.ts'
import { EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint revoke assumption ID --reason TEXT
       stint revoke mapping|role|target|issuer NAME --reason TEXT
       stint revoke subject --issuer NAME --sub SUB --reason TEXT
       stint lock list
       stint lock lift ID --reason TEXT

  revoke     nothing of it is given any more, what was given is ended, and the answer says which sessions are proved
             to be over (exit 6 where some are not: they end by themselves at the time that is named)
  lock list  what is stopped, by whom and why
  lock lift  it is given again; somebody other than who locked it
  --reason   stays in the log for good, also where a person is erased: a ticket says enough, leave names of people out

The server is also read from STINT_SERVER (--server), the admin token from STINT_ADMIN_TOKEN (--token-file).
`

const PATHS: Readonly<Record<string, string>> = {
  assumption: 'assumptions',
  mapping: 'mappings',
  role: 'roles',
  target: 'targets',
  issuer: 'issuers',
}

/** Thousands of sessions are ended one after another, sixteen at a time. */
const TIMEOUT_MS = 30 * 60_000

/** `stint revoke`: the switch, and when the last session died. */
export async function revokeCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const read = readFlags(argv)
  if (read === null) return usageSaid(io, 'see below', USAGE)
  const [kind = '', name = '', ...more] = read.positionals
  const { reason, issuer, sub } = read.values
  if (reason === undefined || reason === '') return usageSaid(io, 'say why: --reason TEXT', USAGE)
  const isSubject = kind === 'subject' && name === '' && issuer !== undefined && sub !== undefined
  const collection = PATHS[kind]
  if (more.length > 0 || (!isSubject && (collection === undefined || name === '')))
    return usageSaid(io, 'name what is revoked', USAGE)
  const to = await adminConnection(read.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const path = isSubject
    ? '/v1/admin/subjects:revoke'
    : `/v1/admin/${collection}/${encodeURIComponent(name)}:revoke`
  const body = isSubject ? { issuer, sub, reason } : { reason }
  const asked = await askAdmin(to, { method: 'POST', path, body, timeoutMs: TIMEOUT_MS }, io)
  if (!asked.ok) return refusalSaid(io, asked)
  const report = asked.body as RevokeReport // the admin door's own answer
  for (const line of reportLines(report)) io.stdout(`${line}\n`)
  return report.proved === report.sessions ? EXIT.ok : EXIT.waits
}

/** `stint lock`: what revocations hold, and letting go. */
export async function lockCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const read = readFlags(argv)
  if (read === null) return usageSaid(io, 'see below', USAGE)
  const [verb = '', id = '', ...more] = read.positionals
  const { reason } = read.values
  const isLift = verb === 'lift' && id !== '' && reason !== undefined
  if (more.length > 0 || !(isLift || (verb === 'list' && id === '')))
    return usageSaid(io, 'lock list, or lock lift ID --reason TEXT', USAGE)
  const to = await adminConnection(read.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  if (isLift) {
    const path = `/v1/admin/locks/${encodeURIComponent(id)}:lift`
    const asked = await askAdmin(to, { method: 'POST', path, body: { reason } }, io)
    if (!asked.ok) return refusalSaid(io, asked)
    io.stdout(`${id} lifted\n`)
    return EXIT.ok
  }
  const asked = await askAdmin(to, { method: 'GET', path: '/v1/admin/locks' }, io)
  if (!asked.ok) return refusalSaid(io, asked)
  const { locks } = asked.body as { locks: readonly Revocation[] } // the admin door's own answer
  for (const { id: lock, of, by, at, reason: why } of locks)
    io.stdout(`${lock} ${nameOf(of)} ${at} ${by.person}: ${why}\n`)
  return EXIT.ok
}

function reportLines(report: RevokeReport): readonly string[] {
  const { lock, sessions, proved, unproved, moreUnproved, deniedOlder, stoppedMs, lastMs, revocation } =
    report
  return [
    lock === null ? `${revocation}: nothing is locked` : `locked after ${stoppedMs} ms: ${lock}`,
    `${sessions} ${sessions === 1 ? 'session' : 'sessions'}, ${proved} proved to be over${lastMs === null ? '' : `, the last after ${lastMs} ms`}`,
    ...unproved.map(
      ({ assumption, target, latestExpiry, detail }) =>
        `! not proved: ${assumption} at ${target} lives until ${latestExpiry} at most (${detail})`,
    ),
    ...(moreUnproved === 0 ? [] : [`! and ${moreUnproved} more that are not proved`]),
    ...deniedOlder.map(
      (target) => `every session that ${target} gave before now is denied there, whoever’s it is`,
    ),
  ]
}

function nameOf(of: Revoked): string {
  if (of.kind === 'assumption') return `assumption ${of.id}`
  return of.kind === 'subject' ? `subject ${of.sub} of ${of.issuer}` : `${of.kind} ${of.name}`
}

function readFlags(argv: readonly string[]) {
  const text = { type: 'string' } as const
  return readArguments(argv, { reason: text, issuer: text, sub: text })
}

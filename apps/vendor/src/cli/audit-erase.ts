import { parseArgs } from 'node:util'
import type { ErasureReport } from '../flows/erasing.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import type { CommandIo } from './io.ts'
import { EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint audit erase --issuer NAME --sub SUB --reason TEXT --yes
       stint audit erase --day YYYY-MM-DD --reason TEXT --yes

Takes away for good what the log keeps in clear of a person, or of what was nobody’s on a UTC day: the events stay, with
commitments that nobody can read any more, and so do proofs and evidence packs. SUB may be the commitment as it stands in
an export. Refused while a revocation of the person stands, or a session may live. It cannot be undone: hence --yes.
TEXT stays in the log for good, as everything that people write does: leave the name of the person out.

The server is also read from STINT_SERVER (--server), the admin token from STINT_ADMIN_TOKEN (--token-file).
exit codes: 0 nothing is kept any more, 6 erased, and the write-ahead log is emptied as soon as its readers are done
`

const TIMEOUT_MS = 120_000

/** `stint audit erase`: a person, or a day. */
export async function auditEraseCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const flags = read(argv)
  if (flags === null) return usage(io, null)
  const { issuer, sub, day, reason, yes } = flags
  const isSubject = issuer !== undefined && sub !== undefined && day === undefined
  const isDay = day !== undefined && issuer === undefined && sub === undefined
  if (!isSubject && !isDay) return usage(io, 'name a person (--issuer, --sub), or a day (--day)')
  if (reason === undefined || reason === '') return usage(io, 'say why: --reason TEXT')
  if (yes !== true) return usage(io, 'it cannot be undone: say so with --yes')
  const to = await adminConnection(flags, io)
  if (typeof to === 'string') return usage(io, to)
  const request = isSubject
    ? { path: '/v1/admin/subjects:erase', body: { issuer, sub, reason } }
    : { path: '/v1/admin/audit/days:erase', body: { day, reason } }
  const asked = await askAdmin(to, { method: 'POST', ...request, timeoutMs: TIMEOUT_MS }, io)
  if (!asked.ok) {
    io.stderr(`stint: ${asked.text}\n`)
    return asked.exit
  }
  const { values, subs, wiped } = asked.body as ErasureReport // the admin door's own answer
  io.stdout(values === 0 ? 'nothing is kept of that\n' : `erased: ${values} values\n`)
  for (const one of subs) io.stdout(`in the events it is ${one}\n`)
  if (!wiped) io.stdout('! the write-ahead log is emptied as soon as its readers are done\n')
  return wiped ? EXIT.ok : EXIT.waits
}

function usage(io: CommandIo, why: string | null): ExitCode {
  io.stderr(why === null ? USAGE : `stint: ${why}\n\n${USAGE}`)
  return EXIT.usage
}

function read(argv: readonly string[]) {
  try {
    const text = { type: 'string' } as const
    return parseArgs({
      args: [...argv],
      options: {
        ...{ issuer: text, sub: text, day: text, reason: text, server: text, 'token-file': text },
        yes: { type: 'boolean' },
      },
    }).values
  } catch {
    return null
  }
}

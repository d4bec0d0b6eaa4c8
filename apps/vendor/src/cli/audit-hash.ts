import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint audit hash TOKEN-FILE [--server URL] [--token-file FILE]

The digest under which the log knows a token that is in hand, from a leak or a job's output. Where it stands in no event, that
token was never shown, or was one of a flood of refusals that was counted, or is older than what the log keeps. Who has the
digest learns nothing of the token. Then, for example:

  stint audit export --format jsonl | grep DIGEST

The server is also read from STINT_SERVER (--server), the admin token from STINT_ADMIN_TOKEN (--token-file).
`

/** `stint audit hash`: the token goes to the server that keeps the key, and nowhere else. */
export async function auditHashCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = readArguments(argv, {})
  const [file, ...more] = parsed?.positionals ?? []
  if (parsed === null || file === undefined || more.length > 0) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const token = (await io.readFile(file).catch(() => '')).trim()
  if (token === '') return usageSaid(io, `${file} cannot be read, or is empty`, USAGE)
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const asked = { method: 'POST', path: '/v1/admin/audit/hash', body: { token } } as const
  const answer = await askAdmin(to, asked, io)
  if (!answer.ok) return refusalSaid(io, answer)
  io.stdout(`${(answer.body as { digest: string }).digest}\n`) // the admin door's own answer
  return EXIT.ok
}

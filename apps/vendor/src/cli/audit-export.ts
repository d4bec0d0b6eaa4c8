import { parseArgs } from 'node:util'
import { EXPORT_FORMATS } from '../domain/export/export-line.ts'
import { adminConnection, askAdminLines } from './admin-client.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint audit export --format ${EXPORT_FORMATS.join('|')} [--from INSTANT] [--to INSTANT]
                          [--after SEQUENCE] [--server URL] [--token-file FILE]

The log in its order, a line an event, to standard output; docs/EVENTS.md has the formats. What was written last is named
on standard error: --after goes on behind it.
`

/** What it needs beside: a write that waits for whoever reads, so that a slow reader fills no memory. */
export type ExportIo = CommandIo & { readonly write: (text: string) => Promise<void> }

/** `stint audit export`: page after page, as far as the log goes. */
export async function auditExportCommand(argv: readonly string[], io: ExportIo): Promise<ExitCode> {
  const flags = read(argv)
  if (flags === null) return usage(io, null)
  const to = await adminConnection(flags, io)
  if (typeof to === 'string') return usage(io, to)
  const query = new URLSearchParams({ format: flags.format, limit: '1000' })
  for (const name of ['from', 'to', 'after'] as const) {
    const value = flags[name]
    if (value !== undefined) query.set(name, value)
  }
  let lines = 0
  for (let next: string | null = flags.after ?? '0'; next !== null; ) {
    query.set('after', next)
    const answer = await askAdminLines(to, `/v1/admin/audit/export?${query}`, io)
    if (!answer.ok) {
      io.stderr(`stint: ${answer.text}\nstint: go on with --after ${next}\n`)
      return answer.exit
    }
    await io.write(answer.lines)
    lines += answer.lines.split('\n').length - 1
    next = answer.next
    if (next !== null) io.stderr(`stint: ${lines} lines, at sequence ${next}\n`)
  }
  io.stderr(`stint: ${lines} lines, the log ends here\n`)
  return EXIT.ok
}

function usage(io: CommandIo, why: string | null): ExitCode {
  io.stderr(why === null ? USAGE : `stint: ${why}\n\n${USAGE}`)
  return EXIT.usage
}

function read(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        format: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        after: { type: 'string' },
        server: { type: 'string' },
        'token-file': { type: 'string' },
      },
    })
    const { format, after = '0' } = values
    const known = EXPORT_FORMATS.find((one) => one === format)
    return known === undefined || !/^[0-9]{1,15}$/.test(after) ? null : { ...values, format: known }
  } catch {
    return null
  }
}

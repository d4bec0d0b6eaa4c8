import type { Exercised, Uses } from '../domain/access/exercised.ts'
import { exercisedInWords } from '../domain/access/exercised.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint used role|mapping NAME [--days N] [--json] [--server URL] [--token-file FILE]

What a role grants against what its sessions used, as far as its store told (docs/GHOSTS.md).
`
const NOT_FOUND = 'it is not in the configuration, or its store never told anything: see docs/GHOSTS.md\n'

/** `stint used role <name>`: the ratio first, then what was used and what never. */
export async function usedCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const [kind, name, ...more] = parsed?.positionals ?? []
  if (parsed === null || !(kind === 'role' || kind === 'mapping') || name === undefined || more.length > 0) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const days = parsed.values.days === undefined ? '' : `?days=${encodeURIComponent(parsed.values.days)}`
  const path = `/v1/admin/${kind}s/${encodeURIComponent(name)}/exercised${days}`
  const answer = await askAdmin(to, { method: 'GET', path }, io)
  if (!answer.ok) {
    io.stderr(`stint: ${answer.text}\n${answer.text.startsWith('not_found') ? NOT_FOUND : ''}`)
    return answer.exit
  }
  const found = answer.body as Exercised // the admin door's own answer
  io.stdout(parsed.values.json === true ? `${JSON.stringify(found, null, 2)}\n` : describe(found))
  return EXIT.ok
}

function describe(found: Exercised): string {
  const { role, mapping, target, told, sessions, calls, actions, places, refused } = found
  const since = new Date(told.sinceMs).toISOString()
  const lines = [
    `${mapping === null ? `role ${role}` : `mapping ${mapping}, role ${role}`}: ${exercisedInWords(found)}`,
    `${sessions} sessions, ${calls} calls that store ${target} told of since ${since}`,
    ...usesLines('used', actions.used),
    ...usesLines('places', places.used),
    ...(places.never.length === 0 ? [] : ['places never used:', ...places.never.map((one) => `  ${one}`)]),
    ...usesLines('tried, and refused by the store', refused),
  ]
  return `${lines.join('\n')}\n`
}

function usesLines(title: string, uses: readonly Uses[]): readonly string[] {
  if (uses.length === 0) return []
  return [
    `${title}:`,
    ...uses.map(({ name, count, lastMs }) => `  ${name}  ${count}, last ${new Date(lastMs).toISOString()}`),
  ]
}

function read(argv: readonly string[]) {
  return readArguments(argv, {
    days: { type: 'string' },
    json: { type: 'boolean' },
  })
}

import { parseArgs } from 'node:util'
import type { Bundle, BundleAsked } from '../audit/bundle.ts'
import type { PackVerdict } from '../verify/pack.ts'
import type { Verdict, VerifyOptions } from '../verify/verify-log.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint audit verify <bundle.tar|evidence pack|data folder|audit.db> [--key KEY]… [--anchor FILE]… [--json]
       stint audit bundle --data FOLDER --out FILE [--from INSTANT] [--to INSTANT] [--anchor FILE]…

  verify   whether a log, or a part of one, is the one that its checkpoints and anchors say; names the first event that is not.
           Of an evidence pack: whether every file is the one that the log has the hash of; names the file that is not
  bundle   a part of the log for an auditor, by the events’ time: from (included) to (not included)

  --key KEY      a verifier key of the log, or a file with one a line. Without one the log vouches for itself
  --anchor FILE  checkpoints that were kept elsewhere: the file of a file anchor

Both read only, and a service may be running. exit codes: 0 it holds, 3 it does not, 2 usage, 1 a file cannot be read
`

/** What works on files, handed in: only these commands need a database. */
export type AuditTools = {
  readonly verify: (options: VerifyOptions) => Verdict | PackVerdict
  readonly bundle: (asked: BundleAsked) => Bundle
  /** Writes a file in pieces; it is there whole or not at all. */
  readonly writeFile: (path: string, chunks: Iterable<Uint8Array>) => Promise<void>
}

type Anchored = { readonly size: number; readonly note: string }

/** `stint audit verify|bundle`. */
export async function auditCommand(
  argv: readonly string[],
  io: CommandIo,
  tools: AuditTools,
): Promise<ExitCode> {
  const parsed = read(argv)
  const [verb, path, ...more] = parsed?.positionals ?? []
  if (parsed !== null && more.length === 0) {
    if (verb === 'verify' && path !== undefined) return verify(path, parsed.values, { io, tools })
    if (verb === 'bundle' && path === undefined) return bundle(parsed.values, { io, tools })
  }
  io.stderr(USAGE)
  return EXIT.usage
}

type Values = NonNullable<ReturnType<typeof read>>['values']
type With = { readonly io: CommandIo; readonly tools: AuditTools }

async function verify(path: string, values: Values, { io, tools }: With): Promise<ExitCode> {
  const keys = (await Promise.all((values.key ?? []).map((one) => keysOf(one, io)))).flat()
  const anchors = (await Promise.all((values.anchor ?? []).map((file) => anchorsOf(file, io)))).flat()
  const verdict = tools.verify({
    path,
    keys,
    anchors,
    onProgress: (done, of) => io.stderr(`stint: ${done} of ${of} events\n`),
  })
  if (values.json === true) io.stdout(`${JSON.stringify(verdict)}\n`)
  else io.stdout(describe(verdict, keys.length > 0))
  return verdict.ok ? EXIT.ok : EXIT.problems
}

async function bundle(values: Values, { io, tools }: With): Promise<ExitCode> {
  const { data, out } = values
  const [fromMs, toMs] = [instant(values.from), instant(values.to)]
  if (data === undefined || out === undefined || Number.isNaN(fromMs) || Number.isNaN(toMs)) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const anchors = (await Promise.all((values.anchor ?? []).map((file) => anchorsOf(file, io)))).flat()
  const made = tools.bundle({ path: `${data}/audit.db`, fromMs, toMs, anchors })
  try {
    await tools.writeFile(out, made.chunks())
  } finally {
    made.close()
  }
  io.stdout(`${out}: events ${made.from + 1} to ${made.to} of ${made.size}\n`)
  return EXIT.ok
}

const WORDS: Readonly<Record<string, string>> = {
  format: 'this is no bundle, or it was cut or changed',
  database: 'SQLite finds the database damaged',
  key: 'a verifier key is none',
  gap: 'an event is missing, or stands at another place',
  leaf: 'the event is not the one that was hashed',
  chain: 'the event does not follow the one before it',
  body: 'the event cannot be read',
  column: 'a column says something else than its event',
  order: 'the event is older than one before it, by its own process’s count',
  node: 'a kept hash of the tree is another',
  count: 'events are missing, or there are more than there should be',
  signature: 'the checkpoint of that size is not signed by a key that may sign it',
  root: 'the checkpoint of that size is of another history',
  truncated: 'the log ends before a checkpoint that it signed',
  anchor: 'an anchored checkpoint is of another history',
  unsigned: 'nothing of the log is signed: it has no checkpoint',
  file: 'the file is not the one that the manifest has the hash of',
  manifest: 'the manifest is not the one that the log has the hash of',
  proof: 'the proof does not lead to the tree that was signed',
  record: 'an event of the review says something else',
  pruned: 'the event has no body, and no log.pruned names it',
}

function describe(verdict: Verdict | PackVerdict, hasKeys: boolean): string {
  if (!verdict.ok) {
    const { fault, seq, through, file } = verdict
    if (file !== undefined) return `IT DOES NOT HOLD: ${fault} ${placeOf(file, seq)}: ${WORDS[fault] ?? ''}\n`
    const where =
      seq === 0 ? 'before the first event' : through > seq ? `events ${seq} to ${through}` : `event ${seq}`
    return `IT DOES NOT HOLD: ${fault} at ${where}: ${WORDS[fault] ?? ''}\n`
  }
  if ('manifest' in verdict) return describePack(verdict, hasKeys)
  const {
    from,
    to,
    size,
    root,
    checkpoints,
    anchors,
    anchorsElsewhere,
    unsigned,
    pruned,
    missing,
    unresolved,
  } = verdict
  return [
    `it holds: events ${from + 1} to ${to} of a tree of ${size}, root ${root}${tailOf(to, unsigned)}`,
    `${checkpoints} checkpoints and ${anchors} anchors met; ${anchorsElsewhere} are of events that are not here`,
    ...(pruned === 0 ? [] : [`${pruned} events were pruned: their leaves stand, and log.pruned names each`]),
    ...(missing === 0
      ? []
      : [`${missing} events could not be written at their time: the counters have gaps`]),
    ...(unresolved === 0 ? [] : [`${unresolved} intents have no outcome here`]),
    ...(hasKeys ? [] : [NO_KEY]),
    '',
  ].join('\n')
}

/** In the first line, which is the one that is read. */
function tailOf(to: number, unsigned: number): string {
  if (unsigned === 0) return ''
  return `; BUT NOT SIGNED ARE events ${to - unsigned + 1} to ${to}: they have only their chain`
}

function placeOf(file: string, seq: number): string {
  const event = seq === 0 ? '' : `, event ${seq}`
  return file === '' ? 'behind the last file' : `in ${file}${event}`
}

function describePack(
  { review, files, events, size, root, manifest }: Extract<PackVerdict, { readonly ok: true }>,
  hasKeys: boolean,
): string {
  return [
    `it holds: evidence of ${review}, ${files} files by manifest ${manifest}`,
    `${events} events proved to be in a tree of ${size}, root ${root}`,
    ...(hasKeys ? [] : [NO_KEY]),
    '',
  ].join('\n')
}

const NO_KEY = 'NO KEY WAS GIVEN: the log vouched for itself; ask for its key by another way'

async function keysOf(text: string, io: CommandIo): Promise<readonly string[]> {
  const given = /^\s*[^\s+]+\+[0-9a-f]{8}\+/.test(text) ? text : await io.readFile(text)
  return given.split(/[ \t\r\n]+/).filter((key) => key !== '')
}

async function anchorsOf(file: string, io: CommandIo): Promise<readonly Anchored[]> {
  const lines = (await io.readFile(file)).split('\n').filter((line) => line.trim() !== '')
  return lines.map((line) => {
    const { size, note } = JSON.parse(line) as Anchored // the file of a file anchor; what is wrong with a note shows when it is met
    return { size, note }
  })
}

function instant(text: string | undefined): number | null {
  return text === undefined ? null : Date.parse(text)
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        key: { type: 'string', multiple: true },
        anchor: { type: 'string', multiple: true },
        data: { type: 'string' },
        out: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
  } catch {
    return null
  }
}

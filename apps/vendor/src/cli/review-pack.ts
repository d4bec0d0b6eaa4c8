import { parseArgs } from 'node:util'
import { type AdminConnection, adminConnection, refusedAnswer } from './admin-client.ts'
import { answerLines } from './answer-lines.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint review pack REVIEW -o FILE [--server URL] [--token-file FILE]

Makes the evidence pack of a sealed review where it is not made yet, and fetches it: ten parts, a report (index.html) and
proofs, one tar. The same review makes the same bytes every time. Verify it: stint audit verify FILE --key KEY, or tools/verify/stint_verify_pack.py.
`

/** Making a pack walks the log. */
const TIMEOUT_MS = 1_800_000
const TENTHS = 10
const TOLD_EVERY = 16 * 1024 * 1024

type Io = CommandIo & {
  /** Writes a file in pieces; it is there whole or not at all. */
  readonly writeFile: (path: string, chunks: AsyncIterable<Uint8Array>) => Promise<void>
}

/** `stint review pack`. */
export async function reviewPackCommand(argv: readonly string[], io: Io): Promise<ExitCode> {
  const parsed = read(argv)
  const [verb, review, ...more] = parsed?.positionals ?? []
  const out = parsed?.values.out
  if (parsed === null || verb !== 'pack' || review === undefined || out === undefined || more.length > 0) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') {
    io.stderr(`stint: ${to}\n\n${USAGE}`)
    return EXIT.usage
  }
  const url = `${to.server}/v1/admin/reviews/${encodeURIComponent(review)}/evidence`
  const refused = await made(to, url, io)
  if (refused !== null) {
    io.stderr(`stint: ${refused.text}\n`)
    return refused.exit
  }
  const response = await io
    .fetch(`${url}.tar`, {
      headers: { authorization: `Bearer ${to.token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    .catch(() => null)
  if (response === null || response.body === null) {
    io.stderr(`stint: no answer from ${to.server}\n`)
    return EXIT.unavailable
  }
  if (!response.ok) {
    const refused = refusedAnswer(response.status, await response.json().catch(() => null))
    io.stderr(`stint: ${refused.text}\n`)
    return refused.exit
  }
  const of = Number(response.headers.get('content-length'))
  try {
    await io.writeFile(out, counted(response.body, of, io))
  } catch (thrown) {
    io.stderr(`stint: the pack did not come whole, or could not be written: ${String(thrown)}\n`)
    return EXIT.failed
  }
  io.stdout(`${out}: ${of} bytes\n`)
  return EXIT.ok
}

type Line = {
  readonly progress?: { readonly done: number; readonly of: number }
  readonly evidence?: object
  readonly error?: { readonly code: string }
}

/** Has it made, unless it is there; null: it is. */
async function made(
  to: AdminConnection,
  url: string,
  io: CommandIo,
): Promise<{ readonly text: string; readonly exit: ExitCode } | null> {
  const none = { text: `no answer from ${to.server}`, exit: EXIT.unavailable } as const
  try {
    const response = await io.fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${to.token}`,
        'content-type': 'application/json',
        accept: 'application/x-ndjson',
      },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      body: '{}',
    })
    if (!response.ok || response.body === null)
      return refusedAnswer(response.status, await response.json().catch(() => null))
    const { headers } = response
    if (!(headers.get('content-type') ?? '').startsWith('application/x-ndjson')) return null
    let told = 0
    for await (const { progress, evidence, error } of answerLines<Line>(response.body)) {
      if (evidence !== undefined) return null
      if (error !== undefined) return { text: error.code, exit: EXIT.failed }
      const tenth = Math.floor(((progress?.done ?? 0) / Math.max(1, progress?.of ?? 1)) * TENTHS)
      if (tenth > told) io.stderr(`stint: ${tenth * TENTHS} % of ${progress?.of ?? 0} events read\n`)
      told = Math.max(told, tenth)
    }
    return none
  } catch {
    return none
  }
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  of: number,
  io: CommandIo,
): AsyncGenerator<Uint8Array> {
  let [had, told] = [0, 0]
  for await (const piece of body) {
    had += piece.length
    if (had - told >= TOLD_EVERY) {
      told = had
      io.stderr(`stint: ${had} of ${of} bytes\n`)
    }
    yield piece
  }
  if (had !== of) throw new Error(`${had} of ${of} bytes`)
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        out: { type: 'string', short: 'o' },
        server: { type: 'string' },
        'token-file': { type: 'string' },
      },
    })
  } catch {
    return null
  }
}

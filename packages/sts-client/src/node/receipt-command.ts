import { parseArgs } from 'node:util'
import { StsClientError } from '../errors.ts'
import { verifyGrowth } from '../log-growth.ts'
import type { VerifiedReceipt } from '../receipt.ts'
import { verifyReceipt } from '../receipt.ts'
import type { ClientExit, ClientIo } from './io.ts'
import { CLIENT_EXIT, report } from './io.ts'

const USAGE = `usage: stint receipt verify FILE --key KEY [--assumption ID] [--access-key-id ID] [--server URL] [--json]

Verifies the receipt of an exchange: that the server's log holds its record, in a tree that the log's key signed.

  FILE               a .tlog-proof, the answer of the token endpoint, what \`stint exchange\` printed, or the value of the
                     header stint-receipt; - for standard input
  --key KEY          the log's verifier key, or a file with one a line; may stand several times. It comes from whoever
                     runs the server, by another way than the receipt did
  --assumption ID    the exchange that it must be of
  --access-key-id ID the session that it must be of
  --server URL       asks the log, too, whether what it has now goes on from what it signed then

exit codes: 0 it holds, 2 usage, 3 it does not hold, 4 the log could not be asked, or has not published as much yet
(log_behind: ask again), 5 unexpected
`

/** `stint receipt verify`. Resolves with the exit code and never rejects. */
export async function receiptCommand(argv: readonly string[], io: ClientIo): Promise<ClientExit> {
  const parsed = read(argv)
  const [verb, file, ...more] = parsed?.positionals ?? []
  const named = parsed?.values.key ?? []
  if (parsed === null || verb !== 'verify' || file === undefined || more.length > 0 || named.length === 0) {
    io.stderr(USAGE)
    return CLIENT_EXIT.usage
  }
  const { assumption, 'access-key-id': accessKeyId, server, json } = parsed.values
  try {
    const keys = (await Promise.all(named.map((one) => keysOf(one, io)))).flat()
    const verified = await verifyReceipt(await receiptOf(file, io), keys, {
      ...(assumption === undefined ? {} : { assumptionId: assumption }),
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
    })
    const holds = json === true ? `${JSON.stringify(factsOf(verified), null, 2)}\n` : describe(verified)
    if (server === undefined) {
      io.stdout(holds)
      return CLIENT_EXIT.ok
    }
    const newest = await verifyGrowth(verified.checkpoint, { server, keys, fetch: io.fetch }).catch(
      (thrown: unknown) => {
        // The receipt holds, and the log is the one that signed it: only what it shows everybody is older.
        if (thrown instanceof StsClientError && thrown.code === 'log_behind') io.stdout(holds)
        throw thrown
      },
    )
    io.stdout(`${holds}the log has ${newest.size} events now, and goes on from there\n`)
    return CLIENT_EXIT.ok
  } catch (thrown) {
    return report(thrown, { command: 'receipt', stderr: io.stderr })
  }
}

/** A key as it stands, or a file that holds keys, one a line. */
async function keysOf(text: string, io: ClientIo): Promise<readonly string[]> {
  if (/^[^\s+]+\+[0-9a-f]{8}\+/.test(text)) return [text]
  const lines = (await readText(text, io)).split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '')
}

async function receiptOf(file: string, io: ClientIo): Promise<string> {
  const text = file === '-' && io.stdin !== undefined ? await io.stdin() : await readText(file, io)
  if (!text.trimStart().startsWith('{')) return text.startsWith('c2sp.org/') ? text : text.trim()
  const answer: unknown = parsedJson(text)
  const receipt =
    typeof answer === 'object' && answer !== null && 'receipt' in answer ? answer.receipt : undefined
  if (typeof receipt === 'string') return receipt
  throw new StsClientError('options_invalid', { detail: 'the answer holds no receipt' })
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function readText(path: string, io: ClientIo): Promise<string> {
  try {
    return await io.readFile(path)
  } catch (cause) {
    throw new StsClientError('options_invalid', { detail: 'a file cannot be read', cause })
  }
}

function factsOf({ checkpoint, record, ...facts }: VerifiedReceipt) {
  const { origin, size, key } = checkpoint
  return { ...facts, log: origin, size, keyId: key.id, record: JSON.parse(record) }
}

function describe({
  assumptionId,
  accessKeyId,
  target,
  at,
  expires,
  seq,
  intentSeq,
  checkpoint,
}: VerifiedReceipt) {
  const intent = intentSeq === null ? '' : `, its intent event ${intentSeq}`
  return `the receipt holds: ${assumptionId} gave ${accessKeyId} at ${target}, ${at} until ${expires}
it is event ${seq} of ${checkpoint.size} in the log ${checkpoint.origin}${intent}; signed by key ${checkpoint.key.id}
`
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        key: { type: 'string', multiple: true },
        assumption: { type: 'string' },
        'access-key-id': { type: 'string' },
        server: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
  } catch {
    return null
  }
}

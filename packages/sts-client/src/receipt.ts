import { StsClientError } from './errors.ts'
import { leafHash, verifyInclusion } from './merkle-proof.ts'
import type { SignedCheckpoint, VerifierKey } from './signed-note.ts'
import { fromBase64, openCheckpoint, parseVerifierKey } from './signed-note.ts'

/** What a receipt proves, once it is verified. */
export type VerifiedReceipt = {
  /** `asm_…`: the exchange that it is of. */
  readonly assumptionId: string
  readonly accessKeyId: string
  readonly target: string
  /** ISO 8601: the end of the session as the log has it. */
  readonly expires: string
  /** When the log wrote it down. */
  readonly at: string
  /** Where the record stands in the log; the first event has sequence 1. */
  readonly seq: number
  /** Where the intent stands, which was written before anything was minted; null where the receipt does not say. */
  readonly intentSeq: number | null
  /** The record itself, the bytes that are hashed. */
  readonly record: string
  readonly checkpoint: SignedCheckpoint
}

/** What the holder of a receipt knows already, to be held against it. */
export type ReceiptExpectation = { readonly assumptionId?: string; readonly accessKeyId?: string }

const HEAD = 'c2sp.org/tlog-proof@v1'
const PROOF = /^extra ([A-Za-z0-9+/]+={0,2})\nindex (0|[1-9][0-9]{0,15})\n((?:[A-Za-z0-9+/]{43}=\n){0,63})\n/
const INTENT = /^intent (0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=)\n((?:[A-Za-z0-9+/]{43}=\n){0,63})$/
const MAX_CHARS = 65_536

/**
 * Verifies a receipt with the log's keys, without asking anybody: the record in it stands in the tree of a checkpoint that
 * one of these keys signed, its intent stands before it, and it is of the exchange that is expected. `receipt` is the text
 * of the member `receipt`, or the value of the header `stint-receipt`. Throws StsClientError: `options_invalid` for a key
 * that is none, `receipt_invalid`, saying which part does not hold.
 */
export async function verifyReceipt(
  receipt: string,
  keys: readonly string[],
  expected: ReceiptExpectation = {},
): Promise<VerifiedReceipt> {
  const trusted = await Promise.all(keys.map(readKey))
  const { extra, index, hashes, note } = split(receipt.startsWith(HEAD) ? receipt : fromHeader(receipt))
  const checkpoint = await openCheckpoint(note, trusted)
  if (checkpoint === null) throw invalid('its checkpoint is not signed by a key that is trusted')
  const end = extra.indexOf('\n')
  const record = end === -1 ? extra : extra.slice(0, end)
  const { size, root } = checkpoint
  const leaf = await leafHash(new TextEncoder().encode(record))
  if (!(await verifyInclusion({ leaf, index, size, root, proof: hashes })))
    throw invalid('the record is not in the tree of its checkpoint')
  const intentSeq = end === -1 ? null : await verifyIntent(extra.slice(end + 1), { index, checkpoint })
  const facts = readRecord(record)
  for (const name of ['assumptionId', 'accessKeyId'] as const) {
    const wanted = expected[name]
    if (wanted !== undefined && facts[name] !== wanted) throw invalid(`it is of another \`${name}\``)
  }
  return { ...facts, seq: index + 1, intentSeq, record, checkpoint }
}

type Split = {
  readonly extra: string
  readonly index: number
  readonly hashes: readonly Uint8Array<ArrayBuffer>[]
  readonly note: string
}

function split(text: string): Split {
  if (text.length > MAX_CHARS || !text.startsWith(`${HEAD}\n`)) throw invalid('it is not a .tlog-proof')
  const body = text.slice(HEAD.length + 1)
  const [whole, encoded, digits, lines] = PROOF.exec(body) ?? []
  const bytes = encoded === undefined ? null : fromBase64(encoded)
  if (whole === undefined || bytes === null) throw invalid('it is not a .tlog-proof with its record')
  const note = body.slice(whole.length)
  return { extra: utf8(bytes), index: Number(digits), hashes: hashesOf(lines ?? ''), note }
}

async function verifyIntent(
  text: string,
  { index, checkpoint }: { readonly index: number; readonly checkpoint: SignedCheckpoint },
): Promise<number> {
  const [, digits, encoded, lines] = INTENT.exec(text) ?? []
  const leaf = fromBase64(encoded ?? '')
  if (digits === undefined || leaf === null) throw invalid('what it says of its intent is malformed')
  const at = Number(digits)
  if (at >= index) throw invalid('its intent does not stand before it')
  const { size, root } = checkpoint
  if (!(await verifyInclusion({ leaf, index: at, size, root, proof: hashesOf(lines ?? '') })))
    throw invalid('its intent is not in the tree of its checkpoint')
  return at + 1
}

function hashesOf(lines: string): readonly Uint8Array<ArrayBuffer>[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => fromBase64(line) ?? new Uint8Array(0))
}

function readRecord(record: string) {
  const value = parsed(record)
  const members = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {} // each is read as text below
  const text = (name: string) => {
    const member = members[name]
    if (typeof member === 'string') return member
    throw invalid(`its record has no \`${name}\``)
  }
  if (members['type'] !== 'assume.issued') throw invalid('its record is of no session that was given')
  return {
    assumptionId: text('assumption'),
    accessKeyId: text('accessKeyId'),
    target: text('target'),
    expires: text('expires'),
    at: text('at'),
  }
}

function parsed(record: string): unknown {
  try {
    return JSON.parse(record)
  } catch {
    throw invalid('its record is not JSON')
  }
}

async function readKey(text: string): Promise<VerifierKey> {
  const key = await parseVerifierKey(text.trim())
  if (key === null) throw new StsClientError('options_invalid', { detail: 'a log key is not a verifier key' })
  return key
}

function fromHeader(value: string): string {
  const bytes = fromBase64(
    `${value.replaceAll('-', '+').replaceAll('_', '/')}${'='.repeat((4 - (value.length % 4)) % 4)}`,
  )
  if (bytes === null) throw invalid('it is neither a .tlog-proof nor the value of a header')
  return utf8(bytes)
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw invalid('it is not UTF-8')
  }
}

function invalid(detail: string): StsClientError {
  return new StsClientError('receipt_invalid', { detail })
}

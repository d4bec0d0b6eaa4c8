import { hash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { type Body, hashLeaf, readEvent } from './entry.ts'
import type { Fault, FaultName } from './fault.ts'
import { LogFault } from './fault.ts'
import { openNote, readKey } from './note.ts'
import { type Line, linesIn, type Manifest, readLog, readManifest, readProof } from './pack-files.ts'
import { isObject } from './plain-json.ts'
import { goesOn, isIncluded, type SignedTree } from './proof.ts'
import { tarReader } from './tar-reader.ts'

export type VerifiedPack = {
  readonly ok: true
  readonly review: string
  readonly files: number
  /** Events that were proved to be in the tree. */
  readonly events: number
  readonly size: number
  readonly root: string
  /** SHA-256 of the manifest: what `review.packed` says. */
  readonly manifest: string
}
export type PackVerdict = VerifiedPack | ({ readonly ok: false } & Fault)

const MANIFEST = '00-manifest.json'
const PROOF = '00-manifest.proof'
const LOG = 'log-checkpoints.json'
const EVENTS = 'log-events.jsonl'
const SAMPLE = '10-sample-events.jsonl'
const SNAPSHOT = '03-snapshot.jsonl'
const OUTCOMES = '03-outcomes.jsonl'

/** Whether a file begins as an evidence pack does. */
export function isPack(path: string): boolean {
  const descriptor = openSync(path, 'r')
  try {
    const name = Buffer.alloc(MANIFEST.length)
    readSync(descriptor, name, 0, name.length, 0)
    return name.toString('latin1') === MANIFEST
  } finally {
    closeSync(descriptor)
  }
}

/** Verifies an evidence pack (docs/EVIDENCE.md), and names the file that does not hold. Shares no code with what makes one. */
export function verifyPack(path: string, keys: readonly string[]): PackVerdict {
  const descriptor = openSync(path, 'r')
  const at = { file: MANIFEST }
  try {
    return judge(tarReader(descriptor), { at, keys })
  } catch (thrown) {
    if (thrown instanceof LogFault) return { ok: false, ...thrown.found, ...at }
    throw thrown
  } finally {
    closeSync(descriptor)
  }
}

type Tar = ReturnType<typeof tarReader>
type With = { readonly at: { file: string }; readonly keys: readonly string[] }

function judge(tar: Tar, { at, keys }: With): VerifiedPack {
  const need = (holds: boolean, fault: FaultName, file = at.file) => {
    at.file = file
    if (!holds) throw new LogFault(fault, 0)
  }
  const read = (name: string) => {
    at.file = name
    return tar.next(name, 0)
  }
  const raw = read(MANIFEST)
  const manifest = readManifest(raw, PROOF)
  const digest = hash('sha256', raw)
  judgeManifest({ manifest, digest, raw: read(PROOF) }, { need, keys })
  const kept = new Map<string, Buffer>()
  for (const { name, bytes, sha256 } of manifest.files) {
    const content = read(name)
    need(content.length === bytes && hash('sha256', content) === sha256, 'file')
    if (name === LOG || name === EVENTS || name === SAMPLE) kept.set(name, content)
  }
  at.file = ''
  tar.end(0)
  const content = (name: string) => {
    const found = kept.get(name)
    need(found !== undefined, 'format', name)
    return found ?? Buffer.alloc(0)
  }
  const log = readLog(content(LOG))
  const tree = signedTree(log.end.note, [manifest.key], manifest.key)
  need(tree.size === log.end.size && tree.root.toString('hex') === log.end.root, 'root')
  const start = { size: log.start.size, root: Buffer.from(log.start.root, 'hex') }
  need(goesOn(start, tree, log.consistency), 'proof')
  const sampled = linesIn(content(SAMPLE))
  for (const line of sampled) included(line, tree)
  const lines = linesIn(content(EVENTS))
  judgeRecord(manifest, { events: lines.map((line) => included(line, tree)), start: log.start, need })
  const { review, files } = manifest
  const [root, events] = [tree.root.toString('hex'), lines.length + sampled.length]
  return { ok: true, review, files: files.length, events, size: tree.size, root, manifest: digest }
}

type Need = (holds: boolean, fault: FaultName, file?: string) => void

/** The manifest is the one whose hash an event has that is in a tree that a trusted key signed. */
function judgeManifest(
  { manifest, digest, raw }: { readonly manifest: Manifest; readonly digest: string; readonly raw: Buffer },
  { need, keys }: { readonly need: Need; readonly keys: readonly string[] },
): void {
  const proof = readProof(raw)
  const trusted = keys.length === 0 ? [proof.key] : keys
  const packed = included(proof, signedTree(proof.note, trusted, proof.key))
  need(packed['type'] === 'review.packed' && packed['review'] === manifest.review, 'manifest')
  const { manifestSha256, files } = packed
  need(manifestSha256 === digest && files === manifest.files.length, 'manifest', MANIFEST)
}

/** What the events of the review say of the files: with the log's word, the service's own is not needed. */
function judgeRecord(
  { review, files }: Manifest,
  of: { readonly events: readonly Body[]; readonly start: object; readonly need: Need },
): void {
  const hashOf = (name: string) => files.find((file) => file.name === name)?.sha256
  const own = of.events.filter((event) => event['review'] === review)
  const prepared = own.findLast(({ type }) => type === 'review.prepared')
  const sealed = own.filter(({ type }) => type === 'review.sealed')
  const [snapshot, outcomes] = [hashOf(SNAPSHOT), hashOf(OUTCOMES)]
  of.need(snapshot !== undefined && prepared?.['snapshotSha256'] === snapshot, 'record', SNAPSHOT)
  const isSealed = sealed.length === 1 && sealed[0]?.['itemsSha256'] === outcomes
  of.need(outcomes !== undefined && isSealed, 'record', OUTCOMES)
  of.need(isSameTree(prepared?.['checkpoint'], of.start), 'record', LOG)
}

function isSameTree(a: unknown, b: object): boolean {
  return isObject(a) && (['size', 'root'] as const).every((name) => a[name] === Reflect.get(b, name))
}

function included({ body, index, proof }: Line, tree: SignedTree): Body {
  const bytes = Buffer.from(body)
  if (!isIncluded(hashLeaf(bytes), { index, proof }, tree)) throw new LogFault('proof', index + 1)
  return readEvent(bytes, index + 1)
}

/** Signed by exactly one key, the one that is named: a line more would be nobody's word. */
function signedTree(
  note: string,
  keys: readonly string[],
  named: string,
): { readonly size: number; readonly root: Buffer } {
  const trusted = keys.map((one) => readKey(one))
  const known = trusted.filter((key) => key !== null)
  if (known.length < trusted.length) throw new LogFault('key', 0)
  const said = openNote(note, known)
  const signatures = note.slice(note.indexOf('\n\n') + 2).split('\n').length - 1
  if (said === null || said.by.vkey !== named || signatures !== 1) throw new LogFault('signature', 0)
  return said
}

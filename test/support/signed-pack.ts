import { tarEnd, tarFile } from '../../apps/vendor/src/audit/tar.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { anEvent, type Edit, OWN } from './signed-bundle.ts'
import { checkpointText, consistencyOf, inclusionOf, leafHash, rootHash, sha256 } from './signed-log.ts'

/** A text of a pack: an event by its place in the log, the last line of those, or a file. Edited before it is hashed and signed. */
export type PackText =
  | 'other'
  | 'prepared'
  | 'sealed'
  | 'packed'
  | 'line'
  | 'note'
  | 'archive'
  | (string & {})

const REVIEW = 'rev_1'
const SNAPSHOT = '{"a":1}\n'
const OUTCOMES = '{"b":1}\n'
/** The tree when the review was prepared, and the event of the sample. */
const PREPARED_AT = 3
const same: Edit = (text) => text

/** A pack of a small review in a log of its own, with one text edited: everything that follows from it is made of the edit. */
export function packOf(of: PackText = '', edit: Edit = same): Buffer {
  const edited = (name: PackText, content: string | Buffer): Buffer => {
    if (of !== name) return Buffer.from(content)
    const encoding = name === 'archive' ? 'latin1' : 'utf8'
    const next = edit(Buffer.from(content).toString(encoding))
    return typeof next === 'string' ? Buffer.from(next, encoding) : next
  }
  const bodies: Buffer[] = [1, 2, 3].map((n) => Buffer.from(anEvent(n)))
  const start = { root: rootHash(bodies.map(leafHash)).toString('hex'), size: PREPARED_AT }
  const review = (n: number, type: string, more: object) => anEvent(n, { type, review: REVIEW, ...more })
  const hex = (text: string | Buffer) => sha256(text).toString('hex')
  bodies.push(
    edited('prepared', review(4, 'review.prepared', { checkpoint: start, snapshotSha256: hex(SNAPSHOT) })),
    edited('other', anEvent(5, { review: 'rev_0' })),
    edited('sealed', review(6, 'review.sealed', { itemsSha256: hex(OUTCOMES) })),
    Buffer.from(anEvent(7)),
  )
  const sealed = bodies.map(leafHash)
  const line = (at: number) => ({
    body: bodies[at]?.toString() ?? '',
    index: at,
    proof: base64(inclusionOf(bodies.map(leafHash), at)),
  })
  const lines = [3, 4, 5].map((at) => {
    const text = canonicalize(line(at))
    return `${at === 5 ? edited('line', text) : text}\n`
  })
  const note = edited('note', OWN.note(checkpointText(OWN.name, sealed))).toString()
  const log = {
    consistency: base64(consistencyOf(sealed, PREPARED_AT)),
    end: { note, root: rootHash(sealed).toString('hex'), size: sealed.length },
    start,
  }
  const files: readonly (readonly [string, string])[] = [
    ['03-outcomes.jsonl', OUTCOMES],
    ['03-snapshot.jsonl', SNAPSHOT],
    ['10-sample-events.jsonl', `${canonicalize(line(1))}\n`],
    ['log-checkpoints.json', `${canonicalize(log)}\n`],
    ['log-events.jsonl', lines.join('')],
  ]
  const written = files.map(([name, text]) => ({ name, content: edited(name, text) }))
  const listed = written.map(({ name, content }) => ({ bytes: content.length, name, sha256: hex(content) }))
  const manifest = edited(
    '00-manifest.json',
    `${canonicalize({ files: listed, format: 'stint-pack@v1', key: OWN.vkey, review: REVIEW })}\n`,
  )
  const packed = { files: listedIn(manifest) ?? listed.length, manifestSha256: hex(manifest) }
  bodies.push(edited('packed', review(8, 'review.packed', packed)))
  const leaves = bodies.map(leafHash)
  const proof = {
    ...line(7),
    key: OWN.vkey,
    note: edited('packed note', OWN.note(checkpointText(OWN.name, leaves))).toString(),
  }
  const archive = [
    tarFile('00-manifest.json', manifest),
    tarFile('00-manifest.proof', edited('00-manifest.proof', `${canonicalize(proof)}\n`)),
    ...inOrder(manifest, written).map(({ name, content }) => tarFile(name, content)),
    tarEnd(),
  ]
  return edited('archive', Buffer.concat(archive))
}

type Written = { readonly name: string; readonly content: Buffer }

/** The files that the manifest lists, as it lists them; all where it cannot be read. One that nobody made is empty. */
function inOrder(manifest: Buffer, written: readonly Written[]): readonly Written[] {
  const names = namesIn(manifest)
  if (names === null) return written
  return names.map((name) => written.find((one) => one.name === name) ?? { name, content: Buffer.alloc(0) })
}

const listedIn = (manifest: Buffer) => namesIn(manifest)?.length

function namesIn(manifest: Buffer): readonly string[] | null {
  try {
    const { files } = JSON.parse(manifest.toString()) as { files: readonly { name: unknown }[] } // or it throws here
    return files.map(({ name }) => String(name).slice(0, 100))
  } catch {
    return null
  }
}

const base64 = (hashes: readonly Buffer[]) => hashes.map((one) => one.toString('base64'))

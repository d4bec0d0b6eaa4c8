import { LogFault } from './fault.ts'
import { hasOnly, isObject, isWhole, type Json, readPlain } from './plain-json.ts'

/** The files of a pack that are read, and not only hashed. Each throws LogFault, `format`, for any other form. */
export type Manifest = {
  readonly review: string
  readonly key: string
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[]
}
export type Line = { readonly body: string; readonly index: number; readonly proof: readonly Uint8Array[] }
type Tree = { readonly size: number; readonly root: string }
export type PackedLog = {
  readonly start: Tree
  readonly end: Tree & { readonly note: string }
  readonly consistency: readonly Uint8Array[]
}

/** What the files of a pack are called: nothing that is a path, or another name on another system. */
const FILE_NAME = /^[a-z0-9-]+\.[a-z]+$/
const MAX_NAME = 100
const HASH = /^[0-9a-f]{64}$/

/** What is in them differs, and how it is proved does not. */
const FORMATS: ReadonlySet<unknown> = new Set(['stint-pack@v1', 'stint-pack@v2', 'stint-pack@v3'])

/** `last` is the name of the file before those that are listed. */
export function readManifest(raw: Uint8Array, last: string): Manifest {
  const { files, format, key, review } = members(plain(raw), ['files', 'format', 'key', 'review'])
  if (!FORMATS.has(format) || typeof key !== 'string' || typeof review !== 'string') throw wrong()
  const listed = list(files).map((one) => {
    const { name, bytes, sha256 } = members(one, ['bytes', 'name', 'sha256'])
    if (typeof name !== 'string' || !FILE_NAME.test(name) || name.length > MAX_NAME) throw wrong()
    return { name, bytes: whole(bytes), sha256: hex(sha256) }
  })
  if (listed.some(({ name }, at) => name <= (listed[at - 1]?.name ?? last))) throw wrong()
  return { review, key, files: listed }
}

export function readProof(raw: Uint8Array): Line & { readonly key: string; readonly note: string } {
  const { key, note, ...line } = members(plain(raw), ['body', 'index', 'key', 'note', 'proof'])
  if (typeof key !== 'string' || typeof note !== 'string') throw wrong()
  return { key, note, ...readLine(line) }
}

export function readLog(raw: Uint8Array): PackedLog {
  const { start, end, consistency } = members(plain(raw), ['consistency', 'end', 'start'])
  const { note, ...signed } = members(end, ['note', 'root', 'size'])
  if (typeof note !== 'string') throw wrong()
  return { start: tree(start), end: { ...tree(signed), note }, consistency: hashes(consistency) }
}

/** In the order of the log. */
export function linesIn(raw: Buffer): readonly Line[] {
  const lines: Line[] = []
  for (let start = 0; start < raw.length; ) {
    const end = raw.indexOf(10, start)
    if (end === -1) throw wrong()
    const line = readLine(plain(raw.subarray(start, end + 1)))
    if (line.index <= (lines.at(-1)?.index ?? -1)) throw new LogFault('order', 0)
    lines.push(line)
    start = end + 1
  }
  return lines
}

/** JSON in its one form, with a line feed. */
function plain(raw: Uint8Array): Json {
  const value = raw.at(-1) === 10 ? readPlain(raw.subarray(0, -1)) : null
  if (value === null) throw wrong()
  return value
}

function readLine(line: Json): Line {
  const { body, index, proof } = members(line, ['body', 'index', 'proof'])
  if (typeof body !== 'string') throw wrong()
  return { body, index: whole(index), proof: hashes(proof) }
}

function tree(value: unknown): Tree {
  const { root, size } = members(value, ['root', 'size'])
  return { size: whole(size), root: hex(root) }
}

function hashes(value: unknown): readonly Uint8Array[] {
  return list(value).map((one) => {
    const bytes = Buffer.from(String(one), 'base64')
    if (bytes.length !== 32 || bytes.toString('base64') !== one) throw new LogFault('proof', 0)
    return bytes
  })
}

function members(value: unknown, names: readonly string[]): Json {
  if (!isObject(value) || !hasOnly(value, names)) throw wrong()
  return value
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong()
  return value
}

function whole(value: unknown): number {
  if (!isWhole(value)) throw wrong()
  return value
}

function hex(value: unknown): string {
  if (typeof value !== 'string' || !HASH.test(value)) throw wrong()
  return value
}

function wrong(): LogFault {
  return new LogFault('format', 0)
}

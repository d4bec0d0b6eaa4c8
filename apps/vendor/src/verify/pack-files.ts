import { LogFault } from './fault.ts'

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
type Json = Readonly<Record<string, unknown>>

/** JSON in the one form that it has by RFC 8785, with a line feed; nothing in it may be written in another way. */
export function plain(raw: Uint8Array): Json {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
    const value: unknown = JSON.parse(text)
    if (isObject(value) && `${canonical(value)}\n` === text) return value
  } catch {
    // Not UTF-8, or not JSON: the same answer.
  }
  throw new LogFault('format', 0)
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value).toSorted()
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

/** What is in them differs, and how it is proved does not. */
const FORMATS: ReadonlySet<unknown> = new Set(['stint-pack@v1', 'stint-pack@v2'])

export function readManifest(raw: Uint8Array): Manifest {
  const { files, format, key, review, ...more } = plain(raw)
  if (!FORMATS.has(format) || typeof key !== 'string' || typeof review !== 'string') throw wrong()
  if (!Array.isArray(files) || Object.keys(more).length > 0) throw wrong()
  const listed = files.map((one: unknown) => {
    if (!isObject(one)) throw wrong()
    const { name, bytes, sha256 } = one
    if (typeof name !== 'string' || typeof sha256 !== 'string') throw wrong()
    return { name, bytes: whole(bytes), sha256 }
  })
  if (listed.some(({ name }, at) => at > 0 && name <= (listed[at - 1]?.name ?? ''))) throw wrong()
  return { review, key, files: listed }
}

export function readProof(raw: Uint8Array): Line & { readonly key: string; readonly note: string } {
  const { key, note, ...line } = plain(raw)
  if (typeof key !== 'string' || typeof note !== 'string') throw wrong()
  return { key, note, ...readLine(line) }
}

export function readLog(raw: Uint8Array): PackedLog {
  const { start, end, consistency } = plain(raw)
  if (!isObject(end) || typeof end['note'] !== 'string') throw wrong()
  return {
    start: tree(start),
    end: { ...tree(end), note: end['note'] },
    consistency: hashes(consistency),
  }
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

function readLine({ body, index, proof, ...more }: Json): Line {
  if (typeof body !== 'string' || Object.keys(more).length > 0) throw wrong()
  return { body, index: whole(index), proof: hashes(proof) }
}

function tree(value: unknown): Tree {
  if (!isObject(value) || typeof value['root'] !== 'string') throw wrong()
  return { size: whole(value['size']), root: value['root'] }
}

function hashes(value: unknown): readonly Uint8Array[] {
  if (!Array.isArray(value)) throw wrong()
  return value.map((one: unknown) => {
    const bytes = Buffer.from(String(one), 'base64')
    if (bytes.length !== 32 || bytes.toString('base64') !== one) throw new LogFault('proof', 0)
    return bytes
  })
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong()
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(): LogFault {
  return new LogFault('format', 0)
}

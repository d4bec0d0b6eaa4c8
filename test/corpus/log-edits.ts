import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import { tarEnd, tarFile } from '../../apps/vendor/src/audit/tar.ts'

/** A bundle taken apart: what somebody with the file, and no key, can change. */
export type Parts = {
  head: { from: number; to: number; size: number; origin: string }
  keys: string[]
  checkpoints: { note: string; size: number }[]
  anchors: { note: string; size: number }[]
  left: Buffer[]
  right: Buffer[]
  bodies: Buffer[]
  hashes: Buffer[]
}

const BLOCK = 512
const CHUNK = 4096

export function takeApart(bundle: Buffer): Parts {
  const files = new Map<string, Buffer>()
  for (let at = 0; bundle[at] !== 0; ) {
    const name = bundle.toString('latin1', at, at + 100).replace(/\0.*/s, '')
    const size = Number.parseInt(bundle.toString('latin1', at + 124, at + 135), 8)
    files.set(name, bundle.subarray(at + BLOCK, at + BLOCK + size))
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  const text = (name: string) => files.get(name)?.toString() ?? ''
  const lines = (name: string) => text(name).split('\n').slice(0, -1)
  const of = (prefix: string) =>
    Buffer.concat([...files].flatMap(([name, data]) => (name.startsWith(prefix) ? [data] : [])))
  return {
    head: JSON.parse(text('stint-bundle.json')),
    keys: lines('keys'),
    checkpoints: lines('checkpoints.jsonl').map((line) => JSON.parse(line)),
    anchors: lines('anchors.jsonl').map((line) => JSON.parse(line)),
    left: hashes(files.get('left')),
    right: hashes(files.get('right')),
    bodies: of('leaves/')
      .toString('latin1')
      .split('\n')
      .slice(0, -1)
      .map((line) => Buffer.from(line, 'latin1')),
    hashes: hashes(of('hashes/')),
  }
}

export function putTogether(parts: Parts): Buffer {
  const { head, keys, checkpoints, anchors, bodies } = parts
  const kept = (list: Parts['anchors']) =>
    Buffer.from(list.map(({ note, size }) => `${JSON.stringify({ note, size })}\n`).join(''))
  const { from, origin, size, to } = head
  const files: Uint8Array[] = [
    tarFile(
      'stint-bundle.json',
      Buffer.from(
        `{"format":"stint-bundle@v1","from":${from},"origin":${JSON.stringify(origin)},"size":${size},"to":${to}}\n`,
      ),
    ),
    tarFile('keys', Buffer.from(keys.map((key) => `${key}\n`).join(''))),
    tarFile('checkpoints.jsonl', kept(checkpoints)),
    tarFile('anchors.jsonl', kept(anchors)),
    tarFile('left', Buffer.concat(parts.left)),
    tarFile('right', Buffer.concat(parts.right)),
  ]
  for (let at = 0; at < to - from; at += CHUNK) {
    const number = String(from + at).padStart(12, '0')
    const end = at + CHUNK < to - from ? at + CHUNK : Math.max(bodies.length, parts.hashes.length)
    files.push(tarFile(`hashes/${number}`, Buffer.concat(parts.hashes.slice(at, end))))
    const newline = Buffer.from('\n')
    files.push(
      tarFile(
        `leaves/${number}.jsonl`,
        Buffer.concat(bodies.slice(at, end).flatMap((body) => [body, newline])),
      ),
    )
  }
  return Buffer.concat([...files, tarEnd()])
}

function hashes(bytes: Buffer | undefined): Buffer[] {
  const all = bytes ?? Buffer.alloc(0)
  return Array.from({ length: all.length / 32 }, (_, at) => all.subarray(at * 32, (at + 1) * 32))
}

export const leafOf = (body: Buffer): Buffer =>
  createHash('sha256').update(Uint8Array.of(0)).update(body).digest()

/** An edit of a bundle: what was done, at which event (0: at none), and what it may be called. */
export type BundleEdit = {
  readonly name: string
  readonly seq: number
  /** How many events after that one may be named as well. */
  readonly span?: number
  readonly faults: readonly string[]
  readonly edit: (parts: Parts) => void
}

/** Keys that are no keys of the log, by origin. */
const strangers = new Map<string, { vkey: string; sign: (text: string) => string }>()

/** A key of somebody else, under the log's own name. */
export function strangerOf(origin: string) {
  const found = strangers.get(origin)
  if (found !== undefined) return found
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const made = signerOf(privateKey, publicKey.export({ type: 'spki', format: 'der' }).subarray(-32), origin)
  strangers.set(origin, made)
  return made
}

/** Signs as the log does, with a key from its PEM: what somebody who took an old key can do. */
export function signerFromPem(pem: string, origin: string) {
  const privateKey = createPrivateKey(pem)
  const jwk = privateKey.export({ format: 'jwk' })
  return signerOf(privateKey, Buffer.from(jwk.x ?? '', 'base64url'), origin)
}

function signerOf(privateKey: ReturnType<typeof createPrivateKey>, raw: Buffer, origin: string) {
  const key = Buffer.concat([Uint8Array.of(1), raw])
  const id = createHash('sha256').update(`${origin}\n`).update(key).digest().subarray(0, 4)
  return {
    vkey: `${origin}+${id.toString('hex')}+${key.toString('base64')}`,
    sign: (text: string) =>
      `${text}\n— ${origin} ${Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]).toString('base64')}\n`,
  }
}

const textOf = (note: string) => note.slice(0, note.indexOf('\n\n') + 1)

/** RFC 6962, with nothing kept. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  let row = leaves
  while (row.length > 1) {
    const next: Buffer[] = []
    for (let at = 0; at < row.length; at += 2) {
      const [a, b] = [row[at], row[at + 1]]
      if (a !== undefined)
        next.push(
          b === undefined ? a : createHash('sha256').update(Uint8Array.of(1)).update(a).update(b).digest(),
        )
    }
    row = next
  }
  return row[0] ?? createHash('sha256').digest()
}

/** The events that edits are made at: the first, the last, at edges of tiles and of checkpoints, and some between. */
const PLACES = [1, 2, 7, 40, 41, 255, 256, 257, 511, 700, 1_000]

const CONTENT = ['leaf', 'root', 'anchor', 'count', 'order', 'body', 'signature'] as const

const sameLength = (body: Buffer) =>
  Buffer.from(
    body
      .toString()
      .replace(/"at":"2026-10-0(.)/, (_all, day: string) => `"at":"2026-10-0${day === '1' ? '2' : '1'}`),
  )

/** Of every place: an event changed, with its hash and without, taken out, put in, doubled, exchanged. */
export const BUNDLE_EDITS: readonly BundleEdit[] = [
  ...PLACES.flatMap((seq): readonly BundleEdit[] => {
    const at = seq - 1
    const edits: readonly (readonly [string, readonly string[], (parts: Parts) => void])[] = [
      [
        'a time changed',
        ['leaf'],
        ({ bodies }) => {
          bodies[at] = sameLength(bodies[at] ?? Buffer.alloc(0))
        },
      ],
      [
        'a time changed, its hash made anew',
        ['root'],
        (parts) => {
          parts.bodies[at] = sameLength(parts.bodies[at] ?? Buffer.alloc(0))
          parts.hashes[at] = leafOf(parts.bodies[at] ?? Buffer.alloc(0))
        },
      ],
      [
        'only its hash changed',
        ['leaf'],
        ({ hashes: all }) => {
          all[at] = leafOf(Buffer.from('another'))
        },
      ],
      ['its line left out', ['leaf', 'count'], ({ bodies }) => void bodies.splice(at, 1)],
      [
        'left out with its hash, the count corrected',
        CONTENT,
        (parts) => {
          parts.bodies.splice(at, 1)
          parts.hashes.splice(at, 1)
          parts.head.to -= 1
          parts.head.size -= 1
          parts.checkpoints = parts.checkpoints.filter(({ size }) => size <= parts.head.size)
          const last = parts.checkpoints.at(-1)
          if (last !== undefined) parts.head.size = last.size
          while (parts.head.to > parts.head.size) {
            parts.bodies.pop()
            parts.hashes.pop()
            parts.head.to -= 1
          }
        },
      ],
      ['doubled', ['leaf'], ({ bodies }) => void bodies.splice(at, 0, bodies[at] ?? Buffer.alloc(0))],
      [
        'another put before it, with its hash',
        CONTENT,
        (parts) => {
          const forged = Buffer.from(
            '{"at":"2026-10-01T00:00:00.000Z","boot":"zero","n":1,"reason":"x","type":"process.stop","v":1}',
          )
          parts.bodies.splice(at, 0, forged)
          parts.hashes.splice(at, 0, leafOf(forged))
          parts.bodies.pop()
          parts.hashes.pop()
        },
      ],
      [
        'exchanged with the next',
        ['leaf'],
        ({ bodies }) =>
          void bodies.splice(at, 2, bodies[at + 1] ?? Buffer.alloc(0), bodies[at] ?? Buffer.alloc(0)),
      ],
      [
        'exchanged with the next, hashes too',
        CONTENT,
        (parts) => {
          const { bodies, hashes: all } = parts
          bodies.splice(at, 2, bodies[at + 1] ?? Buffer.alloc(0), bodies[at] ?? Buffer.alloc(0))
          all.splice(at, 2, all[at + 1] ?? Buffer.alloc(0), all[at] ?? Buffer.alloc(0))
        },
      ],
      [
        'a byte that is no UTF-8, hashed anew',
        ['body'],
        (parts) => {
          const body = Buffer.from(parts.bodies[at] ?? Buffer.alloc(0))
          body[body.indexOf('type') + 8] = 0xff
          parts.bodies[at] = body
          parts.hashes[at] = leafOf(body)
        },
      ],
      [
        'an event that is no object, hashed anew',
        ['body'],
        (parts) => {
          parts.bodies[at] = Buffer.from('[1,2]')
          parts.hashes[at] = leafOf(Buffer.from('[1,2]'))
        },
      ],
    ]
    // What is put beside an event is wrong where it stands.
    const beside = new Set(['doubled', 'exchanged with the next, hashes too'])
    return edits.map(([name, faults, edit]) => {
      const span = beside.has(name) ? 1 : 0
      return { name: `event ${seq}: ${name}`, seq, span, faults, edit }
    })
  }),
  {
    name: 'the end cut off',
    seq: 0,
    faults: ['format', 'count'],
    edit: (parts) => {
      parts.bodies.length -= 10
      parts.hashes.length -= 10
    },
  },
  {
    name: 'the newest checkpoint for an older size',
    seq: 0,
    faults: ['signature'],
    edit: ({ checkpoints }) => {
      const [first, last] = [checkpoints[0], checkpoints.at(-1)]
      if (first !== undefined && last !== undefined) first.note = last.note
    },
  },
  {
    name: 'a root changed in a checkpoint',
    seq: 0,
    faults: ['signature'],
    edit: ({ checkpoints }) => {
      for (const one of checkpoints.slice(2, 3))
        one.note = one.note.replace(/\n.{4}([^\n]{40})\n\n/, '\nAAAA$1\n\n')
    },
  },
  {
    name: 'a signature changed',
    seq: 0,
    faults: ['signature'],
    edit: ({ checkpoints }) => {
      for (const one of checkpoints.slice(-1)) one.note = one.note.replace(/(— \S+ .{12})..../, '$1AAAA')
    },
  },
  {
    name: 'all checkpoints signed by another key of the same name',
    seq: 0,
    faults: ['signature'],
    edit: (parts) => {
      const stranger = strangerOf(parts.head.origin)
      for (const one of parts.checkpoints) one.note = stranger.sign(textOf(one.note))
      parts.keys = [stranger.vkey]
    },
  },
  {
    name: 'another history, signed by another key that is named beside the log’s own',
    seq: 0,
    faults: ['signature'],
    edit: (parts) => {
      const stranger = strangerOf(parts.head.origin)
      for (let at = 100; at < parts.bodies.length; at++) {
        parts.bodies[at] = sameLength(parts.bodies[at] ?? Buffer.alloc(0))
        parts.hashes[at] = leafOf(parts.bodies[at] ?? Buffer.alloc(0))
      }
      for (const one of parts.checkpoints.filter(({ size }) => size > 100)) {
        const root = rootOf(parts.hashes.slice(0, one.size)).toString('base64')
        one.note = stranger.sign(`${parts.head.origin}\n${one.size}\n${root}\n`)
      }
      parts.keys = [...parts.keys, stranger.vkey]
    },
  },
  {
    name: 'an anchor of another history',
    seq: 0,
    faults: ['signature', 'anchor'],
    edit: (parts) => {
      const stranger = strangerOf(parts.head.origin)
      parts.anchors = [{ size: 100, note: stranger.sign(textOf(parts.checkpoints[0]?.note ?? '')) }]
    },
  },
  ...(['keys', 'checkpoints'] as const).map(
    (name): BundleEdit => ({
      name: `no ${name}`,
      seq: 0,
      faults: ['format'],
      edit: (parts) => {
        parts[name].length = 0
      },
    }),
  ),
  {
    name: 'a key with one character changed',
    seq: 0,
    faults: ['key'],
    edit: ({ keys }) => {
      keys[0] = (keys[0] ?? '').replace(/.$/, (char) => (char === 'A' ? 'B' : 'A'))
    },
  },
  {
    name: 'checkpoints in another order',
    seq: 0,
    faults: ['format'],
    edit: ({ checkpoints }) => void checkpoints.reverse(),
  },
  {
    name: 'a size that no checkpoint has',
    seq: 0,
    faults: ['format'],
    edit: ({ head }) => {
      head.size += 1
    },
  },
]

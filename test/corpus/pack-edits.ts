import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { tarEnd, tarFile } from '../../apps/vendor/src/audit/tar.ts'
import { type PackedFile, unpack } from '../support/packs.ts'

/** What somebody with a pack, and no key of the log, can do to it; and where both verifiers must find it. */
export type PackEdit = {
  readonly name: string
  readonly edit: (pack: Buffer) => Buffer
  readonly file: string
  readonly faults: readonly string[]
}

const MANIFEST = '00-manifest.json'
const PROOF = '00-manifest.proof'
const FILES = [
  '01-scope.csv',
  '01-scope.json',
  '02-population-seen.csv',
  '02-population.csv',
  '02-population.json',
  '03-items.csv',
  '03-items.json',
  '03-outcomes.jsonl',
  '03-snapshot.jsonl',
  '04-no-answer.csv',
  '04-no-answer.json',
  '05-remediation.csv',
  '05-remediation.json',
  '06-exceptions.csv',
  '06-exceptions.json',
  '07-changes.csv',
  '07-changes.json',
  '08-log.csv',
  '08-log.json',
  '09-duties.csv',
  '09-duties.json',
  '10-sample-events.jsonl',
  '10-sample.csv',
  '10-sample.json',
  'index.html',
  'log-checkpoints.json',
  'log-events.jsonl',
] as const

const packed = (files: readonly PackedFile[]) =>
  Buffer.concat([...files.map(({ name, content }) => tarFile(name, content)), tarEnd()])
const ofFiles = (change: (files: PackedFile[]) => readonly PackedFile[]) => (pack: Buffer) =>
  packed(change(unpack(pack)))
const changed = (name: string, change: (content: string) => string) =>
  ofFiles((files) =>
    files.map((one) =>
      one.name === name ? { name, content: Buffer.from(change(one.content.toString())) } : one,
    ),
  )
const edit = (name: string, file: string, faults: readonly string[], how: PackEdit['edit']): PackEdit => ({
  name,
  file,
  faults,
  edit: how,
})
const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')

/** Changes a file, and everything in the manifest that it is held against there. */
const withManifest = (name: string, change: (content: string) => string) =>
  ofFiles((files) => {
    const next = files.map((one) =>
      one.name === name ? { name, content: Buffer.from(change(one.content.toString())) } : one,
    )
    const manifest = JSON.parse(String(next[0]?.content))
    for (const listed of manifest.files) {
      const found = next.find((one) => one.name === listed.name)
      if (found === undefined) continue
      listed.bytes = found.content.length
      listed.sha256 = sha256(found.content)
    }
    return next.map((one) =>
      one.name === MANIFEST ? { name: MANIFEST, content: Buffer.from(`${JSON.stringify(manifest)}\n`) } : one,
    )
  })

const ofProof = (change: (proof: Record<string, unknown>) => Record<string, unknown>) =>
  changed(PROOF, (text) => `${JSON.stringify(sorted(change(JSON.parse(text))))}\n`)
const sorted = (value: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))

/** One byte of the header of a file, and the checksum with it where `isSummed`. */
const header = (name: string, at: number, isSummed: boolean) => (pack: Buffer) => {
  let start = 0
  while (pack.toString('latin1', start, start + 100).replace(/\0.*/s, '') !== name) {
    const size = Number.parseInt(pack.toString('latin1', start + 124, start + 135), 8)
    start += 512 + Math.ceil(size / 512) * 512
  }
  const head = pack.subarray(start, start + 512)
  head[at] = (head[at] ?? 0) ^ 1
  if (!isSummed) return pack
  head.write(' '.repeat(8), 148)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return pack
}

/** Another key of the same name signs the same tree. */
function forgedProof(proof: Record<string, unknown>): Record<string, unknown> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const [text = ''] = String(proof['note']).split('\n\n')
  const [origin = ''] = text.split('\n')
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const raw = Buffer.concat([Buffer.from([1]), spki.subarray(-32)])
  const idBytes = createHash('sha256').update(`${origin}\n`).update(raw).digest().subarray(0, 4)
  const signature = Buffer.concat([idBytes, sign(null, Buffer.from(`${text}\n`), privateKey)])
  const key = `${origin}+${idBytes.toString('hex')}+${raw.toString('base64')}`
  return { ...proof, key, note: `${text}\n\n— ${origin} ${signature.toString('base64')}\n` }
}

const flip = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)

export const PACK_EDITS: readonly PackEdit[] = [
  ...FILES.map((name) =>
    edit(
      `a letter of ${name} is another`,
      name,
      ['file'],
      changed(name, (text) => `${text.slice(0, -2)}~\n`),
    ),
  ),
  ...FILES.filter((_, at) => at % 4 === 0).map((name) =>
    edit(
      `${name} is gone`,
      name,
      ['format'],
      ofFiles((files) => files.filter((one) => one.name !== name)),
    ),
  ),
  ...FILES.filter((_, at) => at % 4 === 1).map((name) =>
    edit(
      `${name} is empty`,
      name,
      ['file'],
      changed(name, () => ''),
    ),
  ),
  ...FILES.filter((_, at) => at % 5 === 2).map((name) =>
    edit(
      `${name} is changed and the manifest with it`,
      MANIFEST,
      ['manifest'],
      withManifest(name, (text) => `${text} `),
    ),
  ),
  edit(
    'two files change places',
    '04-no-answer.csv',
    ['format'],
    ofFiles((files) => {
      const at = files.findIndex(({ name }) => name === '04-no-answer.csv')
      const [one, two] = [files[at], files[at + 1]]
      return one === undefined || two === undefined ? files : files.toSpliced(at, 2, two, one)
    }),
  ),
  edit(
    'a file more between two',
    '05-remediation.csv',
    ['format'],
    ofFiles((files) => {
      const at = files.findIndex(({ name }) => name === '05-remediation.csv')
      return files.toSpliced(at, 0, { name: '04-note.txt', content: Buffer.from('trust me') })
    }),
  ),
  edit(
    'a file more at the end',
    '',
    ['format'],
    ofFiles((files) => [...files, { name: 'zz.txt', content: Buffer.from('trust me') }]),
  ),
  edit(
    'a file twice',
    '07-changes.csv',
    ['format'],
    ofFiles((files) => files.flatMap((one) => (one.name === '06-exceptions.json' ? [one, one] : [one]))),
  ),
  edit('bytes behind the end', '', ['format'], (pack) => Buffer.concat([pack, Buffer.from('x')])),
  edit('the end is missing', '', ['format'], (pack) => pack.subarray(0, -512)),
  edit('cut in the last file', 'log-events.jsonl', ['format'], (pack) => pack.subarray(0, -2048)),
  edit('cut in the manifest', MANIFEST, ['format'], (pack) => pack.subarray(0, 700)),
  edit('the mode in a header', '01-scope.csv', ['format'], header('01-scope.csv', 104, true)),
  edit('the owner in a header', '03-items.csv', ['format'], header('03-items.csv', 112, true)),
  edit('the time in a header', '08-log.csv', ['format'], header('08-log.csv', 140, true)),
  edit('the kind in a header', 'index.html', ['format'], header('index.html', 156, true)),
  edit('the name in a header', 'index.html', ['format'], header('index.html', 3, true)),
  edit('the checksum of a header', '09-duties.csv', ['format'], header('09-duties.csv', 150, false)),
  edit('the size in a header', '09-duties.json', ['format', 'file'], header('09-duties.json', 134, true)),
  edit(
    'a space in the manifest',
    MANIFEST,
    ['format'],
    changed(MANIFEST, (text) => text.replace(':', ': ')),
  ),
  edit(
    'another review in the manifest',
    PROOF,
    ['manifest'],
    changed(MANIFEST, (text) => text.replace('"rev_', '"rev_0')),
  ),
  edit(
    'a file less in the manifest',
    MANIFEST,
    ['manifest'],
    ofFiles((files) =>
      files
        .filter(({ name }) => name !== '09-duties.csv')
        .map((one) => {
          if (one.name !== MANIFEST) return one
          const manifest = JSON.parse(one.content.toString())
          const listed = manifest.files.filter(({ name }: { name: string }) => name !== '09-duties.csv')
          return {
            name: MANIFEST,
            content: Buffer.from(`${JSON.stringify({ ...manifest, files: listed })}\n`),
          }
        }),
    ),
  ),
  edit(
    'a space in the proof',
    PROOF,
    ['format'],
    changed(PROOF, (text) => text.replace(':', ': ')),
  ),
  edit(
    'another event in the proof',
    PROOF,
    ['proof'],
    ofProof((proof) => ({ ...proof, body: String(proof['body']).replace('review.packed', 'review.parked') })),
  ),
  edit(
    'another index in the proof',
    PROOF,
    ['proof'],
    ofProof((proof) => ({ ...proof, index: Number(proof['index']) - 1 })),
  ),
  edit(
    'a hash less in the proof',
    PROOF,
    ['proof'],
    ofProof((proof) => ({ ...proof, proof: (proof['proof'] as string[]).slice(1) })),
  ),
  edit(
    'a hash more in the proof',
    PROOF,
    ['proof'],
    ofProof((proof) => ({ ...proof, proof: [...(proof['proof'] as string[]), `${'A'.repeat(43)}=`] })),
  ),
  edit(
    'another hash in the proof',
    PROOF,
    ['proof'],
    ofProof((proof) => ({
      ...proof,
      proof: (proof['proof'] as string[]).map((one, at) => (at === 0 ? flip(one) : one)),
    })),
  ),
  edit(
    'another size in the signed note',
    PROOF,
    ['signature'],
    ofProof((proof) => ({ ...proof, note: String(proof['note']).replace(/\n(\d+)\n/, '\n1$1\n') })),
  ),
  edit('another key that signed it', PROOF, ['signature'], ofProof(forgedProof)),
  edit(
    'a signature more',
    PROOF,
    ['signature'],
    ofProof((proof) => ({
      ...proof,
      note: `${proof['note']}— elsewhere ${Buffer.alloc(68).toString('base64')}\n`,
    })),
  ),
  edit(
    'no note',
    PROOF,
    ['format'],
    ofProof(({ note: _note, ...proof }) => proof),
  ),
]

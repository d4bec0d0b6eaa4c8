import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'

/** A package of others that is in the program. */
export type Shipped = {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly folder: string
}

/** Shipped with Apache-2.0 software and asking no more than their text beside it. */
const ALLOWED = [
  'MIT',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
]

/** The packages that these files are of, by name and version. Throws where a licence is not on the list. */
export async function packagesOf(files: readonly string[]): Promise<readonly Shipped[]> {
  const folders = [...new Set(files.flatMap((file) => folderOf(file) ?? []))]
  const all = await Promise.all(folders.map(read))
  const strange = all.find(({ license }) => !ALLOWED.includes(license))
  if (strange !== undefined)
    throw new Error(`${strange.name}@${strange.version} has licence ${strange.license}: may it be shipped?`)
  const byName = new Map(all.map((one) => [`${one.name}@${one.version}`, one] as const))
  return [...byName].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** `…/node_modules/name` or `…/node_modules/@scope/name` of a file of a package; nothing for one of ours. */
function folderOf(file: string): string | null {
  const parts = file.split(sep)
  const at = parts.lastIndexOf('node_modules')
  if (at < 0) return null
  const depth = parts[at + 1]?.startsWith('@') ? 3 : 2
  return parts.slice(0, at + depth).join(sep)
}

async function read(folder: string): Promise<Shipped> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return { name, version, license: typeof license === 'string' ? license : 'unknown', folder }
}

/** NOTICE: each package with the text of its licence. */
export async function noticeOf(packages: readonly Shipped[]): Promise<string> {
  const parts = await Promise.all(packages.map(partOf))
  const head = 'Stint contains software of others, under the licences below. Stint itself: see LICENSE.\n'
  return [head, ...parts].join(`\n${'-'.repeat(80)}\n`)
}

async function partOf({ name, version, license, folder }: Shipped): Promise<string> {
  const files = (await readdir(folder))
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .toSorted()
  // The Apache licence is one text without a name in it: it stands in LICENSE.
  if (files.length === 0 && license !== 'Apache-2.0')
    throw new Error(`${name}@${version} comes without the text of its licence`)
  const found = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const texts = found.length === 0 ? ['The text is that of the file LICENSE beside this one.'] : found
  const more = name === 'better-sqlite3' ? '\nIt contains SQLite, which is in the public domain.\n' : ''
  return `${name} ${version} (${license})\n${more}\n${texts.map((text) => text.trim()).join('\n\n')}\n`
}

/** CycloneDX 1.6, of what is in the bundle and nothing else. No time and no serial number: the same build, the same bytes. */
export function billOfMaterials(of: {
  readonly version: string
  readonly commit: string
  readonly packages: readonly Shipped[]
}): string {
  const components = of.packages.map(({ name, version, license }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    return { type: 'library', 'bom-ref': purl, name, version, purl, licenses: [{ license: { id: license } }] }
  })
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': 'stint',
        name: 'stint',
        version: of.version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        properties: [{ name: 'commit', value: of.commit }],
      },
    },
    components,
  }
  return `${JSON.stringify(bom, null, 2)}\n`
}

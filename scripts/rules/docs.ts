import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCodes, errorRow } from '../../apps/vendor/src/errors.ts'

/** Holds the documents against the code: each answer is a sentence about what differs. */
export function checkDocuments(root: string): readonly string[] {
  return [...checkErrors(root), ...checkLinks(root), ...checkAdrs(root), ...checkCommands(root)]
}

/** docs/ERRORS.md: exactly one row a code, with its class, status and OAuth error. */
function checkErrors(root: string): string[] {
  const text = readFileSync(join(root, 'docs/ERRORS.md'), 'utf8')
  const rows = new Map(
    [...text.matchAll(/^\| `([a-z_]+)` \| `([a-z_]+)` \| ([0-9]{3}) \| `([a-z_]+)` \|/gm)].map(
      (m) => [m[1] ?? '', m] as const,
    ),
  )
  const missing = errorCodes().flatMap((code) => {
    const { class: cls, status, oauth } = errorRow(code)
    const [, , rowClass, rowStatus, rowOauth] = rows.get(code) ?? []
    if (rowClass === undefined) return [`docs/ERRORS.md has no row for ${code}`]
    return rowClass === cls && rowStatus === String(status) && rowOauth === oauth
      ? []
      : [`docs/ERRORS.md: the row of ${code} differs from the catalogue`]
  })
  const known = new Set<string>(errorCodes())
  const gone = [...rows.keys()]
    .filter((code) => !known.has(code))
    .map((code) => `docs/ERRORS.md: ${code} is no code any more`)
  return [...missing, ...gone]
}

/** Links between our documents lead somewhere. */
function checkLinks(root: string): string[] {
  return documents(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map((m) => m[1] ?? '')
    return links
      .filter((link) => !existsSync(join(root, dirname(file), link)))
      .map((link) => `${file}: ${link} leads nowhere`)
  })
}

function checkAdrs(root: string): string[] {
  const names = readdirSync(join(root, 'docs/adr')).toSorted()
  const numbers = new Map<string, string>()
  // A number may be missing: a branch under way holds it. Twice it would be two decisions of one name.
  return names.flatMap((name) => {
    const number = /^(\d{4})-[a-z0-9-]+\.md$/.exec(name)?.[1]
    if (number === undefined) return [`docs/adr/${name}: wants a name such as 0001-what-was-decided.md`]
    const other = numbers.get(number)
    numbers.set(number, name)
    return other === undefined ? [] : [`docs/adr/${name}: ${other} has this number`]
  })
}

/** Commands that the documents tell people to type exist. */
function checkCommands(root: string): string[] {
  const scripts = new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts))
  return documents(root).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const named = [...text.matchAll(/pnpm(?:@12)? ([a-z][a-z:]*)/g)].map((m) => m[1] ?? '')
    return [...new Set(named)]
      .filter((name) => !scripts.has(name) && !PNPM_OWN.has(name))
      .map((name) => `${file}: there is no \`pnpm ${name}\``)
  })
}

const PNPM_OWN = new Set(['install', 'add', 'run', 'exec'])

function documents(root: string): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.md'))
  const inRoot = readdirSync(root).filter((name) => name.endsWith('.md'))
  return [...inRoot, ...inDocs.map((name) => join('docs', name))]
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorCodes, errorRow } from '../../apps/vendor/src/errors.ts'

/** Holds the documents against the code: each answer is a sentence about what differs. */
export function checkDocuments(root: string): readonly string[] {
  return [
    ...checkErrors(root),
    ...checkDoorErrors(root),
    ...checkLinks(root),
    ...checkAdrs(root),
    ...checkCommands(root),
  ]
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

/** docs/ERRORS.md: how the AWS doors say it, one row a class and one for each code that AWS has a code of its own for. */
function checkDoorErrors(root: string): string[] {
  const lines = new Set(readFileSync(join(root, 'docs/ERRORS.md'), 'utf8').split('\n'))
  return doorErrorRows().flatMap((row) => (lines.has(row) ? [] : [`docs/ERRORS.md lacks: ${row}`]))
}

/** The rows of that table; `node scripts/rules/docs.ts` prints them. */
function doorErrorRows(): readonly string[] {
  const rows = errorCodes().map(errorRow)
  const classes = new Map(rows.map((row) => [row.class, row] as const))
  const plain = (name: string) => rows.filter((row) => row.class === name)
  return [...classes.values()].flatMap((first) => {
    const group = plain(first.class)
    const usual = commonest(group.map(({ sts }) => `\`${sts.code}\` | ${sts.status}`))
    const own = group.filter(({ sts }) => `\`${sts.code}\` | ${sts.status}` !== usual)
    return [
      `| \`${first.class}\` | | ${usual} | ${first.container} |`,
      ...own.map(
        ({ code, sts, container }) =>
          `| \`${first.class}\` | \`${code}\` | \`${sts.code}\` | ${sts.status} | ${container} |`,
      ),
    ]
  })
}

function commonest(values: readonly string[]): string {
  const counted = Map.groupBy(values, (value) => value)
  return [...counted].toSorted((a, b) => b[1].length - a[1].length)[0]?.[0] ?? ''
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
  return names.flatMap((name, index) => {
    const number = String(index + 1).padStart(4, '0')
    return name.startsWith(`${number}-`) && name.endsWith('.md')
      ? []
      : [`docs/adr/${name}: expected number ${number}`]
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

if (process.argv[1] === import.meta.filename) console.log(doorErrorRows().join('\n'))

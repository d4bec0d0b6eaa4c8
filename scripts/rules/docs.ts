import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { SETTING_NAMES } from '../../apps/vendor/src/config.ts'
import { errorCodes, errorRow } from '../../apps/vendor/src/errors.ts'
import { METRICS } from '../../apps/vendor/src/metrics/table.ts'
import { detectorSections } from './detectors-page.ts'
import { checkEngines } from './engines.ts'
import { checkEvents } from './events.ts'

/** Holds the documents against the code: each answer is a sentence about what differs. */
export function checkDocuments(root: string): readonly string[] {
  return [
    ...checkErrors(root),
    ...checkEvents(root),
    ...checkMetrics(root),
    ...checkSettings(root),
    ...checkDetectors(root),
    ...checkDoorErrors(root),
    ...checkLinks(root),
    ...checkAdrs(root),
    ...checkCommands(root),
    ...checkEngines(root),
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

/** docs/metrics.md: one row a metric, as the table of the code has it. */
function checkMetrics(root: string): string[] {
  const text = readFileSync(join(root, 'docs/metrics.md'), 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `(stint|process|nodejs)_/.test(line))
  const wanted = Object.values(METRICS).map(({ name, kind, labels, help }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ')
    return `| \`${name}\` | ${kind} | ${named === '' ? '–' : named} | ${help} |`
  })
  return [
    ...wanted.filter((row) => !rows.includes(row)).map((row) => `docs/metrics.md lacks the row ${row}`),
    ...rows
      .filter((row) => !wanted.includes(row))
      .map((row) => `docs/metrics.md: no metric has the row ${row}`),
  ]
}

/** docs/deploy.md tells of every setting, and deploy/stint.env and it name no other. */
function checkSettings(root: string): string[] {
  return ['docs/deploy.md', 'deploy/stint.env'].flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const named = new Set([...text.matchAll(/STINT_[A-Z0-9_]+/g)].map(([name]) => name))
    const strange = [...named].filter((name) => !SETTING_NAMES.includes(name))
    const missing = file.startsWith('docs')
      ? SETTING_NAMES.filter((name) => !text.includes(`\`${name}\``))
      : []
    return [
      ...strange.map((name) => `${file}: there is no setting ${name}`),
      ...missing.map((name) => `${file} does not tell of ${name}`),
    ]
  })
}

/** docs/DETECTORS.md: one section a detector, as the table has it; `node scripts/rules/detectors-page.ts` prints them. */
function checkDetectors(root: string): string[] {
  const [, text = ''] = readFileSync(join(root, 'docs/DETECTORS.md'), 'utf8').split('\n## The detectors\n')
  const there = text.trim().split(/\n\n(?=### )/)
  const wanted = detectorSections()
  return [
    ...wanted
      .filter((one) => !there.includes(one))
      .map((one) => `docs/DETECTORS.md lacks: ${one.split('\n')[0]}`),
    ...there
      .filter((one) => !wanted.includes(one))
      .map((one) => `docs/DETECTORS.md: no detector has: ${one.slice(0, 60)}`),
  ]
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

/** Each decision has a number of its own. Gaps are right: what is written at the same time does not land at the same time. */
function checkAdrs(root: string): string[] {
  const names = readdirSync(join(root, 'docs/adr')).toSorted()
  const numbers = names.map((name) => /^([0-9]{4})-[a-z0-9-]+\.md$/.exec(name)?.[1] ?? null)
  return names.flatMap((name, at) => {
    const number = numbers[at] ?? null
    return number !== null && numbers.indexOf(number) === at ? [] : [`docs/adr/${name}: no number of its own`]
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

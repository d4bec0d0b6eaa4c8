import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import semver from 'semver'

type Manifest = {
  readonly name: string
  readonly version: string
  readonly engines?: { readonly node?: string }
  readonly dependencies?: Readonly<Record<string, string>>
}
/** A package, and which Node it says that it needs. */
type Engine = { readonly name: string; readonly version: string; readonly node: string }

export type NodeNeeded = {
  readonly range: string
  /** Of the least one. */
  readonly major: number
  readonly minor: number
  readonly words: string
}

const SERVICE = 'apps/vendor'

/** Which Node the service needs, as its manifest says it; every other place has it from here. */
export function nodeNeeded(root: string): NodeNeeded {
  const range = read(join(root, SERVICE)).engines?.node ?? ''
  const least = semver.minVersion(range)
  if (least === null) throw new Error(`${SERVICE}/package.json: engines.node is no range`)
  const { major, minor } = least
  return { range, major, minor, words: `Node ${major}.${minor} or newer` }
}

/** What the service says that it needs of Node is enough for everything that it runs with, and is said alike everywhere. */
export function checkEngines(root: string): string[] {
  const { range, words } = nodeNeeded(root)
  const engines = enginesOf(join(root, SERVICE))
  const manifest = read(root).engines?.node === range ? [] : [`package.json: engines.node is not ${range}`]
  const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8').includes(words)
    ? []
    : [`docs/deploy.md does not say ${words}`]
  return [...tooOld(range, engines), ...manifest, ...page]
}

/** The packages that do not run on every Node of `range`. */
export function tooOld(range: string, engines: readonly Engine[]): string[] {
  // A walk that sees nothing finds nothing.
  if (engines.length === 0) return ['no package says which Node it needs']
  return engines
    .filter(({ node }) => !semver.subset(range, node))
    .map(({ name, version, node }) => `${name}@${version} needs Node ${node}, and we promise ${range}`)
}

/** Of everything that is installed with a package in production, itself left out, each once. */
function enginesOf(folder: string): readonly Engine[] {
  const seen = new Map<string, Engine>()
  const waiting = [realpathSync(folder)]
  const walked = new Set<string>()
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (walked.has(at)) continue
    walked.add(at)
    const { name, version, engines, dependencies = {} } = read(at)
    const node = engines?.node
    if (node !== undefined && walked.size > 1) seen.set(`${name}@${version}`, { name, version, node })
    for (const dependency of Object.keys(dependencies)) waiting.push(installed(at, dependency))
  }
  return [...seen.values()]
}

/** Where Node finds a package, asked from a folder. */
function installed(from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const there = join(folder, 'node_modules', name)
    if (existsSync(there)) return realpathSync(there)
    if (dirname(folder) === folder) throw new Error(`${name} is not installed for ${from}`)
  }
}

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

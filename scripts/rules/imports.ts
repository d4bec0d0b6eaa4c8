import { posix } from 'node:path'
import { EFFECT_FILES, LAYERS, type Layer, LONG_FILES, WORKSPACE } from './layers.ts'
import { type Import, readSource } from './source.ts'

/** A broken rule: where, and which. */
export type Violation = {
  readonly file: string
  readonly line: number
  readonly rule: string
  readonly detail: string
}
export type Checked = {
  readonly violations: readonly Violation[]
  readonly files: number
  readonly imports: number
}

const MAX_FILE_LINES = 400
const MAX_FUNCTION_LINES = 60
const MAX_PARAMETERS = 4
/** Globals with effects that a pure ring must not touch; elsewhere only the clock and randomness are forbidden. */
const PURE = new Set(['policy', 'wire', 'domain'])
const CLOCK = new Set([
  'Date.now',
  'new Date()',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'randomUUID',
  'performance',
])
const OUTSIDE_ONLY = new Set(['process', 'console'])

/** Checks the sources given (path from the root → text) against the layers and the house rules. Pure. */
export function checkSources(files: ReadonlyMap<string, string>): Checked {
  const violations: Violation[] = []
  let imports = 0
  for (const [file, text] of files) {
    const layer = layerOf(file)
    const source = readSource(text)
    imports += source.imports.length
    const report = (line: number, rule: string, detail: string) =>
      violations.push({ file, line, rule, detail })
    if (layer === null) {
      report(1, 'layer', 'stands in no layer of the import table')
      continue
    }
    for (const one of source.imports) {
      const words = refuseImport(one, { file, layer })
      if (words !== null) report(one.line, 'import', words)
    }
    const mayTouch = EFFECT_FILES.some((prefix) => file.startsWith(prefix))
    for (const { name, line } of source.effects) {
      const forbidden = PURE.has(layer.name) || (!mayTouch && (CLOCK.has(name) || OUTSIDE_ONLY.has(name)))
      if (forbidden) report(line, 'effect', `\`${name}\` is handed in, never reached for`)
    }
    for (const line of source.exportsAll) report(line, 'export', '`export *` hides the surface')
    for (const line of source.exportsDefault) report(line, 'export', 'names are exported, never a default')
    for (const line of source.asyncTransactions) report(line, 'transaction', 'an async callback commits half')
    const length = text.split('\n').length
    if (length > MAX_FILE_LINES && !LONG_FILES.includes(file)) report(1, 'size', `${length} lines`)
    for (const { name, line, lines, parameters } of source.functions) {
      // A builder's closures make it long; each of them is measured by itself.
      if (lines > MAX_FUNCTION_LINES && !/^(create|open|serve)/.test(name))
        report(line, 'size', `${name} has ${lines} lines`)
      if (parameters > MAX_PARAMETERS) report(line, 'size', `${name} takes ${parameters} parameters`)
    }
  }
  return { violations, files: files.size, imports }
}

function layerOf(file: string): Layer | null {
  return (
    LAYERS.find(({ files }) =>
      files.some((prefix) => (prefix.endsWith('/') ? file.startsWith(prefix) : file === prefix)),
    ) ?? null
  )
}

function refuseImport(one: Import, at: { readonly file: string; readonly layer: Layer }): string | null {
  const { layer } = at
  const own = one.from.startsWith('.') ? posix.join(posix.dirname(at.file), one.from) : WORKSPACE[one.from]
  if (own === undefined) {
    const name = packageOf(one.from)
    const allowed =
      layer.packages.includes(name) || (name.startsWith('node:') && layer.packages.includes('node:*'))
    return allowed || (one.typeOnly && layer.packages.length > 0 && name.startsWith('node:'))
      ? null
      : `\`${layer.name}\` may not import \`${one.from}\``
  }
  if (/\.test\.ts$/.test(own)) return 'a source may not import a test'
  const target = layerOf(own)
  if (target === null) return `\`${one.from}\` leads out of the layers`
  if (target.name === layer.name || layer.values.includes(target.name)) return null
  if (layer.types.includes(target.name))
    return one.typeOnly ? null : `\`${layer.name}\` may import types only of \`${target.name}\``
  return `\`${layer.name}\` may not import \`${target.name}\``
}

function packageOf(from: string): string {
  if (from.startsWith('node:')) return from
  return from
    .split('/')
    .slice(0, from.startsWith('@') ? 2 : 1)
    .join('/')
}

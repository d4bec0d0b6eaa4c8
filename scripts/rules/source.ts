import { parseAst } from 'rolldown/parseAst'

/** One import of a file: what it names and whether only types come through it. */
export type Import = { readonly from: string; readonly typeOnly: boolean; readonly line: number }

/** What the rules look at in one source file. */
export type Source = {
  readonly imports: readonly Import[]
  readonly exportsAll: readonly number[]
  readonly exportsDefault: readonly number[]
  /** Reads of the clock, randomness, the environment and the console, by name and line. */
  readonly effects: readonly { readonly name: string; readonly line: number }[]
  readonly asyncTransactions: readonly number[]
  readonly functions: readonly {
    readonly name: string
    readonly line: number
    readonly lines: number
    readonly parameters: number
  }[]
  readonly nodes: number
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>

const EFFECT_GLOBALS = new Set([
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'Buffer',
  'performance',
])
const EFFECT_CALLS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'crypto.randomUUID',
  'randomUUID',
])

/** Parses one TypeScript file and collects what the rules look at. Throws where the text does not parse. */
export function readSource(text: string): Source {
  const program: unknown = parseAst(text, { lang: 'ts' })
  const lines = lineStarts(text)
  const lineOf = (offset: number) => lines.findLastIndex((start) => start <= offset) + 1
  const found = {
    imports: [] as Import[],
    exportsAll: [] as number[],
    exportsDefault: [] as number[],
    effects: [] as { name: string; line: number }[],
    asyncTransactions: [] as number[],
    functions: [] as { name: string; line: number; lines: number; parameters: number }[],
    nodes: 0,
  }
  visit(program, (node, parent) => {
    found.nodes += 1
    const line = lineOf(node.start)
    const from = importSource(node)
    if (from !== null) found.imports.push({ from, typeOnly: isTypeOnly(node), line })
    if (node.type === 'ExportAllDeclaration') found.exportsAll.push(line)
    if (node.type === 'ExportDefaultDeclaration') found.exportsDefault.push(line)
    const effect = effectOf(node, parent)
    if (effect !== null) found.effects.push({ name: effect, line })
    if (isAsyncTransaction(node)) found.asyncTransactions.push(line)
    if (isFunction(node)) {
      const parameters = Array.isArray(node['params']) ? node['params'].length : 0
      found.functions.push({
        name: nameOf(node, parent),
        line,
        lines: lineOf(node.end) - line + 1,
        parameters,
      })
    }
  })
  return found
}

function importSource(node: Node): string | null {
  if (
    ![
      'ImportDeclaration',
      'ExportNamedDeclaration',
      'ExportAllDeclaration',
      'ImportExpression',
      'TSImportType',
    ].includes(node.type)
  ) {
    return node.type === 'CallExpression' && nameOfExpression(node['callee']) === 'require'
      ? literal(first(node['arguments']))
      : null
  }
  return literal(node['source'] ?? node['argument'])
}

function isTypeOnly(node: Node): boolean {
  if (node['importKind'] === 'type' || node['exportKind'] === 'type' || node.type === 'TSImportType')
    return true
  const specifiers = node['specifiers']
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false
  return specifiers.every((one: Node) => one['importKind'] === 'type' || one['exportKind'] === 'type')
}

/** `new Date()` without arguments, a call of the clock or of randomness, or a global that has effects. */
function effectOf(node: Node, parent: Node | null): string | null {
  if (node.type === 'NewExpression' && nameOfExpression(node['callee']) === 'Date') {
    return Array.isArray(node['arguments']) && node['arguments'].length === 0 ? 'new Date()' : null
  }
  if (node.type === 'CallExpression') {
    const name = nameOfExpression(node['callee'])
    return EFFECT_CALLS.has(name) ? name : null
  }
  if (node.type !== 'Identifier' || !EFFECT_GLOBALS.has(String(node['name']))) return null
  return isReference(node, parent) ? String(node['name']) : null
}

/** Not a member's name, a key, a declaration's own name or a type. */
function isReference(node: Node, parent: Node | null): boolean {
  if (parent === null) return false
  if (parent.type === 'MemberExpression') return parent['object'] === node
  if (parent.type === 'Property') return parent['value'] === node && parent['shorthand'] !== true
  return (
    !/^(TS|Import|Export|MethodDefinition|PropertyDefinition|Function|VariableDeclarator$)/.test(
      parent.type,
    ) || parent['init'] === node
  )
}

function isAsyncTransaction(node: Node): boolean {
  if (node.type !== 'CallExpression' || !nameOfExpression(node['callee']).endsWith('.transaction'))
    return false
  const callback = first(node['arguments'])
  return callback !== null && callback['async'] === true
}

function isFunction(node: Node): boolean {
  return ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'].includes(node.type)
}

function nameOf(node: Node, parent: Node | null): string {
  const own = nameOfExpression(node['id'])
  return own !== '' ? own : nameOfExpression(parent?.['id'] ?? parent?.['key']) || 'a function'
}

function nameOfExpression(value: unknown): string {
  if (!isNode(value)) return ''
  if (value.type === 'Identifier') return String(value['name'])
  if (value.type !== 'MemberExpression') return ''
  return `${nameOfExpression(value['object'])}.${nameOfExpression(value['property'])}`
}

function literal(value: unknown): string | null {
  return isNode(value) && typeof value['value'] === 'string' ? value['value'] : null
}

function first(value: unknown): Node | null {
  return Array.isArray(value) && isNode(value[0]) ? value[0] : null
}

function visit(
  value: unknown,
  each: (node: Node, parent: Node | null) => void,
  parent: Node | null = null,
): void {
  if (Array.isArray(value)) for (const one of value) visit(one, each, parent)
  else if (isNode(value)) {
    each(value, parent)
    for (const child of Object.values(value)) if (typeof child === 'object') visit(child, each, value)
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

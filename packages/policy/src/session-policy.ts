import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose } from './diagnostic.ts'
import { checkMinioStatement, MINIO_POLICY_BUDGET_BYTES } from './dialects/minio.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { POLICY_VERSION } from './document.ts'
import { parsePolicy } from './parse.ts'
import type { Placeholder, Placeholders, ValueRefusal } from './placeholder.ts'
import { jsonText, parsePlaceholders, refuseValue } from './placeholder.ts'
import { minioBytes, printPolicy } from './print.ts'
import { parseTemplate, statementTexts } from './template.ts'

/** Where the value of a placeholder comes from: fixed by the role, or a claim of the subject by its path. */
export type PlaceholderSource = { readonly value: string } | { readonly claim: readonly string[] }

export type SessionPolicyPart = {
  readonly document: unknown
  readonly placeholders: unknown
  readonly with: Readonly<Record<string, PlaceholderSource>>
  /** What diagnostics of this part begin with. */
  readonly path: string
}

export type SessionPolicyInput = {
  readonly parts: readonly SessionPolicyPart[]
  readonly dialect: 'minio'
  /** Codes of acceptable diagnostics that the role lives with, by name. */
  readonly accept: readonly string[]
  /** True where a fresh probe showed the target immune to forged conditions (DESIGN rule 7). */
  readonly allowForgeableConditions?: boolean
}

export type Rendered =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: ValueRefusal; readonly claim: readonly string[] }

/** The policy of a role, compiled: text with holes. */
export type CompiledSessionPolicy = {
  /** The claim paths that `render` takes values for, in its order. */
  readonly claims: readonly (readonly string[])[]
  /** No rendered policy is larger for MinIO: `minioBytes` for the longest values that the placeholders let in. */
  readonly maxBytes: number
  /** Accepted diagnostics: they stay on every review. */
  readonly findings: readonly Diagnostic[]
  /**
   * The session policy for these values, one for each of `claims`. A value can fill its hole and nothing else: it adds
   * no statement, widens no pattern and crosses no segment but in a `path`.
   */
  render(values: readonly (string | undefined)[]): Rendered
}

/**
 * Compiles the policies of a role into one session policy, or says everything that is wrong. Statements are joined and
 * equal ones stand once; sizes are proved here, for the longest values (DESIGN rule 8); an empty policy is refused,
 * because MinIO takes it for no limit at all (rule 1).
 */
export function compileSessionPolicy(input: SessionPolicyInput): Result<CompiledSessionPolicy> {
  const parts = input.parts.map((part) => compilePart(part))
  const all = parts.flatMap(({ diagnostics }) => diagnostics)
  const accepted = (found: Diagnostic) =>
    found.acceptable === true &&
    (input.accept.includes(found.code) ||
      (input.allowForgeableConditions === true && found.code === 'condition_forgeable'))
  const errors = all.filter((found) => !accepted(found))
  const document: PolicyDocument = {
    Version: POLICY_VERSION,
    Statement: compose(parts.flatMap(({ statements }) => statements)),
  }
  if (errors.length === 0 && !document.Statement.some(({ Effect }) => Effect === 'Allow')) {
    errors.push(diagnose('allows_nothing', '$.Statement'))
  }
  if (errors.length > 0) return { ok: false, diagnostics: errors }
  const compiled = compileText(
    printPolicy(document),
    parts.flatMap(({ slots }) => [...slots]),
  )
  if (compiled.maxBytes > MINIO_POLICY_BUDGET_BYTES) {
    const words = `with the longest values ${compiled.maxBytes} of ${MINIO_POLICY_BUDGET_BYTES} bytes:`
    return { ok: false, diagnostics: [diagnose('policy_too_large', '$', words)] }
  }
  return { ok: true, value: { ...compiled, findings: all.filter(accepted) }, diagnostics: [] }
}

type Slot = { readonly placeholder: Placeholder; readonly claim: readonly string[] }
type Part = {
  readonly statements: readonly Statement[]
  /** By the name that the hole has in `statements`. */
  readonly slots: ReadonlyMap<string, Slot>
  readonly diagnostics: readonly Diagnostic[]
}

function compilePart(part: SessionPolicyPart): Part {
  const within = (found: readonly Diagnostic[]) =>
    found.map((one) => ({ ...one, path: `${part.path}${one.path.slice(1)}` }))
  const parsed = parsePolicy(part.document)
  const declared = parsePlaceholders(part.placeholders ?? {}, '$.placeholders')
  if (!parsed.ok || !declared.ok) {
    return {
      statements: [],
      slots: new Map(),
      diagnostics: within([...parsed.diagnostics, ...declared.diagnostics]),
    }
  }
  const placeholders = declared.value
  const checks = parsed.value.Statement.flatMap((statement, index) =>
    checkMinioStatement(statement, placeholders, `$.Statement[${index}]`),
  )
  const { fixed, slots, diagnostics } = bind(part, placeholders, parsed.value)
  return {
    statements: fill(parsed.value.Statement, fixed),
    slots,
    diagnostics: within([...checks, ...diagnostics]),
  }
}

/** Ties placeholders to their sources; a fixed value is checked now, by the rule that a claim's value meets later. */
function bind(part: SessionPolicyPart, placeholders: Placeholders, document: PolicyDocument) {
  const diagnostics: Diagnostic[] = []
  const used = new Set(
    document.Statement.flatMap((statement) =>
      [...statementTexts(statement, '$')].flatMap(({ text }) => parseTemplate(text).names),
    ),
  )
  const fixed = new Map<string, string>()
  const slots = new Map<string, Slot>()
  for (const [name, placeholder] of Object.entries(placeholders)) {
    const source = Object.hasOwn(part.with, name) ? part.with[name] : undefined
    if (!used.has(name)) diagnostics.push(diagnose('placeholder_unused', `$.placeholders.${name}`))
    if (source === undefined)
      diagnostics.push(diagnose('placeholder_without_value', `$.placeholders.${name}`))
    else if ('claim' in source) {
      slots.set(name, { placeholder, claim: source.claim })
      fixed.set(name, holeOf(placeholder, source.claim))
    } else {
      const refusal = refuseValue(source.value, placeholder)
      if (refusal !== null)
        diagnostics.push(diagnose('value_refused', `$.placeholders.${name}`, `${refusal}:`))
      fixed.set(name, source.value)
    }
  }
  for (const name of Object.keys(part.with)) {
    if (!Object.hasOwn(placeholders, name))
      diagnostics.push(diagnose('value_without_placeholder', `$.placeholders.${name}`))
  }
  return {
    fixed,
    slots: new Map([...slots.values()].map((slot) => [holeOf(slot.placeholder, slot.claim), slot])),
    diagnostics,
  }
}

/**
 * The mark that stands for a hole while the document is printed. U+E000 and U+E001 are private characters, which no
 * checked text contains, so a mark is never found where none was put.
 */
function holeOf(placeholder: Placeholder, claim: readonly string[]): string {
  const id = JSON.stringify([placeholder.type, placeholder.maxBytes, claim])
  return `\uE000${[...id].map((c) => c.codePointAt(0)?.toString(16)).join('_')}\uE001`
}
const MARK = /(\uE000[^\uE001]*\uE001)/

function fill(statements: readonly Statement[], values: ReadonlyMap<string, string>): readonly Statement[] {
  const text = (one: string) =>
    one.replace(/\{\{([a-z][A-Za-z0-9_]{0,31})\}\}/g, (hole, name: string) => values.get(name) ?? hole)
  return statements.map(({ Effect, Action, Resource, Condition }) => ({
    Effect,
    Action,
    Resource: Resource.map(text),
    ...(Condition === undefined ? {} : { Condition: fillCondition(Condition, text) }),
  }))
}

function fillCondition(condition: NonNullable<Statement['Condition']>, text: (one: string) => string) {
  const keys = (block: Readonly<Record<string, readonly string[]>>) =>
    Object.fromEntries(Object.entries(block).map(([key, values]) => [key, values.map(text)]))
  return Object.fromEntries(Object.entries(condition).map(([operator, block]) => [operator, keys(block)]))
}

/** The statements of all parts, equal ones once: the union of what each part says, as IAM itself joins policies. */
function compose(statements: readonly Statement[]): readonly Statement[] {
  return [...new Map(statements.map((statement) => [JSON.stringify(statement), statement] as const)).values()]
}

function compileText(printed: string, slots: readonly (readonly [string, Slot])[]) {
  const byMark = new Map(slots)
  const parts = printed.split(MARK)
  const pieces = parts.filter((_, index) => index % 2 === 0)
  const claims: (readonly string[])[] = []
  const holes = parts.flatMap((mark, index) => {
    const slot = index % 2 === 1 ? byMark.get(mark) : undefined
    if (slot === undefined) return []
    const key = JSON.stringify(slot.claim)
    let at = claims.findIndex((claim) => JSON.stringify(claim) === key)
    if (at === -1) at = claims.push(slot.claim) - 1
    return [{ ...slot, at }]
  })
  const maxBytes =
    pieces.reduce((sum, piece) => sum + minioBytes(piece), 0) +
    holes.reduce((sum, { placeholder }) => sum + placeholder.maxBytes, 0)

  function render(values: readonly (string | undefined)[]): Rendered {
    let text = pieces[0] ?? ''
    for (const [index, { placeholder, claim, at }] of holes.entries()) {
      const value = values[at]
      const refusal = refuseValue(value, placeholder)
      if (refusal !== null || value === undefined)
        return { ok: false, code: refusal ?? 'value_missing', claim }
      text += jsonText(value) + (pieces[index + 1] ?? '')
    }
    return { ok: true, text }
  }

  return { claims, maxBytes, render }
}

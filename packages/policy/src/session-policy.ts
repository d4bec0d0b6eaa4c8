import { composePolicies } from './compose.ts'
import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose, isAcceptable } from './diagnostic.ts'
import type { Dialect, DialectName } from './dialects/dialect.ts'
import { DIALECTS } from './dialects/dialects.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { minimise } from './minimise.ts'
import { parsePolicy } from './parse.ts'
import type { Placeholders, ValueRefusal } from './placeholder.ts'
import { escapedValue, parsePlaceholders, refuseValue, writtenValue } from './placeholder.ts'
import { printPolicy } from './print.ts'
import type { SizeBounds, Slot } from './size.ts'
import { boundsOf } from './size.ts'
import { fillStatement, markOf, mayBeAlike, parseMarks, parseTemplate, statementTexts } from './template.ts'

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
  readonly dialect: DialectName
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
  readonly dialect: DialectName
  /** No rendered policy is smaller or larger for its target than this. */
  readonly size: SizeBounds
  /** Accepted diagnostics: they stay on every review. */
  readonly findings: readonly Diagnostic[]
  /** Codes that the role lives with, by name or because a probe lifted them: a caller's own policy may have the same. */
  readonly accepted: readonly string[]
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
  const joined = joinParts(input)
  if (!joined.ok) return joined
  const { standing, ...whole } = joined.value
  const { dialect } = whole
  const compiled = compileFitting(whole)
  if (compiled.size.max > dialect.budget.max)
    return { ok: false, diagnostics: [diagnose('policy_too_large', '$', tooLarge(compiled.size))] }
  const findings = standing.map((found) => ({ ...found, severity: 'warning' as const }))
  const lifted = input.allowForgeableConditions === true ? ['condition_forgeable'] : []
  const accepted = [...input.accept, ...lifted]
  return { ok: true, value: { ...compiled, dialect: dialect.name, findings, accepted }, diagnostics: [] }
}

/**
 * How large the session policy of these policies gets, too large ones included, and which placeholder costs what; or
 * everything else that is wrong with them.
 */
export function sizeBounds(input: SessionPolicyInput): Result<SizeBounds> {
  const joined = joinParts(input)
  if (!joined.ok) return joined
  return { ok: true, value: compileFitting(joined.value).size, diagnostics: [] }
}

/** As the author wrote it where it fits the budget, else in as few statements as say the same. */
function compileFitting({ dialect, document, slots }: Omit<Joined, 'standing'>) {
  const compiled = compileText(dialect, printPolicy(document), slots)
  if (compiled.size.max <= dialect.budget.max) return compiled
  const small = { ...document, Statement: minimise(document.Statement, dialect) }
  return compileText(dialect, printPolicy(small), slots)
}

type Joined = {
  readonly dialect: Dialect
  readonly document: PolicyDocument
  readonly slots: ReadonlyMap<string, Slot>
  /** Accepted diagnostics. */
  readonly standing: readonly Diagnostic[]
}

function joinParts(input: SessionPolicyInput): Result<Joined> {
  const dialect = DIALECTS[input.dialect]
  const parts = input.parts.map((part) => compilePart(dialect, part))
  const all = parts.flatMap(({ diagnostics }) => diagnostics)
  // A probe that showed the target immune makes the condition no finding at all; an acceptance keeps it as one.
  const standing = all.filter(
    ({ code }) => code !== 'condition_forgeable' || input.allowForgeableConditions !== true,
  )
  const isAccepted = ({ code }: Diagnostic) => isAcceptable(code) && input.accept.includes(code)
  const errors = standing.filter((found) => !isAccepted(found))
  for (const [index, code] of input.accept.entries()) {
    if (!isAcceptable(code)) errors.push(diagnose('accept_unknown', `$.accept[${index}]`, `\`${code}\``))
  }
  const document = composePolicies(parts.map(({ statements }) => statements))
  if (errors.length === 0 && !document.Statement.some(({ Effect }) => Effect === 'Allow'))
    errors.push(diagnose('allows_nothing', '$.Statement'))
  if (errors.length > 0) return { ok: false, diagnostics: errors }
  return { ok: true, value: { dialect, document, slots: joinSlots(parts), standing }, diagnostics: [] }
}

function joinSlots(parts: readonly Part[]): ReadonlyMap<string, Slot> {
  const joined = new Map<string, Slot>()
  for (const [mark, slot] of parts.flatMap(({ slots }) => [...slots])) {
    const names = [...(joined.get(mark)?.names ?? []), ...slot.names]
    joined.set(mark, { ...slot, names })
  }
  return joined
}

function tooLarge({ max, budget, placeholders }: SizeBounds): string {
  const [dearest] = placeholders
  const words = `with the longest values ${max} of ${budget.max} ${budget.unit}`
  if (dearest === undefined) return `${words}:`
  return `${words}, ${dearest.most} of them for ${dearest.names.join(' and ')}:`
}

type Part = {
  readonly statements: readonly Statement[]
  /** By the mark that stands for the hole in `statements`. */
  readonly slots: ReadonlyMap<string, Slot>
  readonly diagnostics: readonly Diagnostic[]
}

function compilePart(dialect: Dialect, part: SessionPolicyPart): Part {
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
    dialect.checkStatement(statement, placeholders, `$.Statement[${index}]`),
  )
  const { values, slots, diagnostics } = bind(part, { dialect, placeholders, document: parsed.value })
  const statements = parsed.value.Statement.map((statement) => fillStatement(statement, values))
  const alike = statements.flatMap((statement, index) =>
    dialect.name === 'minio' ? checkAlike(statement, `$.Statement[${index}]`) : [],
  )
  return { statements, slots, diagnostics: within([...checks, ...diagnostics, ...alike]) }
}

/** MinIO refuses a condition whose list has a value twice: an exchange would find that out, so it is proved here. */
function checkAlike(statement: Statement, path: string): readonly Diagnostic[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]) => {
      const templates = values.map(parseMarks)
      const twice = templates.some((one, index) =>
        templates.slice(index + 1).some((other) => mayBeAlike(one, other)),
      )
      return twice ? [diagnose('condition_values_alike', `${path}.Condition.${operator}.${key}`)] : []
    }),
  )
}

/** Ties placeholders to their sources; a fixed value is checked now, by the rule that a claim's value meets later. */
function bind(
  part: SessionPolicyPart,
  at: { readonly dialect: Dialect; readonly placeholders: Placeholders; readonly document: PolicyDocument },
) {
  const { dialect, placeholders, document } = at
  const diagnostics: Diagnostic[] = []
  const used = new Set(
    document.Statement.flatMap((statement) =>
      [...statementTexts(statement, '$')].flatMap(({ text }) => parseTemplate(text).names),
    ),
  )
  const values = new Map<string, string>()
  const slots = new Map<string, Slot>()
  for (const [name, placeholder] of Object.entries(placeholders)) {
    const path = `$.placeholders.${name}`
    const source = Object.hasOwn(part.with, name) ? part.with[name] : undefined
    if (!used.has(name)) diagnostics.push(diagnose('placeholder_unused', path))
    if (source === undefined) diagnostics.push(diagnose('placeholder_without_value', path))
    else if ('claim' in source) {
      const mark = markOf(JSON.stringify([placeholder.type, placeholder.maxBytes, source.claim]))
      slots.set(mark, { placeholder, claim: source.claim, names: [`${part.path}.${name}`] })
      values.set(name, mark)
    } else {
      const refusal = refuseValue(source.value, placeholder, dialect)
      if (refusal !== null) diagnostics.push(diagnose('value_refused', path, `${refusal}:`))
      values.set(name, escapedValue(source.value, dialect.escapes))
    }
  }
  for (const name of Object.keys(part.with)) {
    if (!Object.hasOwn(placeholders, name))
      diagnostics.push(diagnose('value_without_placeholder', `$.placeholders.${name}`))
  }
  return { values, slots, diagnostics }
}

/** Splits the printed document once; what is left for an exchange is to check each value and join. */
function compileText(dialect: Dialect, printed: string, byMark: ReadonlyMap<string, Slot>) {
  const { pieces, names: marks } = parseMarks(printed)
  const [head = '', ...tails] = pieces
  const order = [...new Set(marks)].filter((mark) => byMark.has(mark))
  const slots = order.flatMap((mark) => byMark.get(mark) ?? [])
  const holes = marks.map((mark, index) => ({ slot: order.indexOf(mark), tail: tails[index] ?? '' }))
  const claims = [...new Map(slots.map(({ claim }) => [JSON.stringify(claim), claim] as const)).values()]
  const sources = slots.map(({ placeholder, claim }) => {
    const key = JSON.stringify(claim)
    return { placeholder, claim, at: claims.findIndex((one) => JSON.stringify(one) === key) }
  })

  function render(values: readonly (string | undefined)[]): Rendered {
    const written: string[] = []
    for (const { placeholder, claim, at } of sources) {
      const value = values[at]
      const refusal = refuseValue(value, placeholder, dialect)
      if (refusal !== null || value === undefined)
        return { ok: false, code: refusal ?? 'value_missing', claim }
      written.push(writtenValue(value, dialect))
    }
    let text = head
    for (const { slot, tail } of holes) text += written[slot] + tail
    return { ok: true, text }
  }

  const size = boundsOf(
    dialect,
    pieces,
    holes.flatMap(({ slot }) => slots[slot] ?? []),
  )
  return { claims, size, render }
}

import { actionsCover, actionsMeet } from './action-set.ts'
import { conditionIsTighter, isUnconditional, sameCondition } from './condition-covers.ts'
import { parseOperator } from './condition-operator.ts'
import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose, isAcceptable } from './diagnostic.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { PolicyDocument, Statement } from './document.ts'
import { POLICY_VERSION } from './document.ts'
import { minimise, resourceCovers, statementCovers, statementsMeet } from './minimise.ts'
import { deniedActions, meetActions } from './narrow-actions.ts'
import { bothConditions } from './narrow-conditions.ts'
import { isResourceText, meetResources, onlyFitting } from './narrow-resources.ts'
import { printPolicy } from './print.ts'
import { fillStatement, statementTexts } from './template.ts'

export type NarrowOptions = {
  readonly dialect: Dialect
  /** Codes of acceptable diagnostics that the role lives with: the caller's conditions may have the same. */
  readonly accept: readonly string[]
}

/**
 * What both documents allow, as one document for the target: `outer` is a session policy without placeholders, read as
 * the target reads it; `inner` is what a caller asks for, read as AWS reads it, because it is AWS's parameter. It never
 * allows what one of them does not. What cannot be proved so is refused with its code, at the statement of `inner`:
 * nothing is left out in silence, and nothing asked for is ever joined to what the role gives.
 */
export function narrow(
  outer: PolicyDocument,
  inner: PolicyDocument,
  { dialect, accept }: NarrowOptions,
): Result<PolicyDocument> {
  if (isTooMany(inner)) return refuse('narrow_too_many')
  const refused = inner.Statement.flatMap(refuseTexts)
  if (refused.length > 0) return { ok: false, diagnostics: refused }
  // Filled with nothing, which makes its lists sets: MinIO refuses a condition with a value twice.
  const asked = inner.Statement.map((statement) => fillStatement(statement, new Map()))
  const allows = allPieces(outer.Statement, asked, dialect)
  if (allows.pieces.length > MOST_PIECES) return refuse('narrow_too_many')
  const denies = allDenies(allows.pieces, asked, dialect)
  const pieces = [...allows.pieces, ...denies.pieces]
  if (pieces.length > MOST_PIECES) return refuse('narrow_too_many')
  const found = [
    ...allows.diagnostics,
    ...denies.diagnostics,
    ...pieces.flatMap((piece) => checkPiece(piece, dialect, accept)),
  ]
  if (found.length > 0) return { ok: false, diagnostics: unique(found) }
  const ours = outer.Statement.filter(({ Effect }) => Effect === 'Deny')
  const statements = minimise([...pieces.map(({ statement }) => statement), ...ours], dialect)
  const document = { Version: POLICY_VERSION, Statement: statements } satisfies PolicyDocument
  if (!statements.some(({ Effect }) => Effect === 'Allow')) return refuse('narrow_nothing')
  if (!isNarrower(outer.Statement, statements, dialect)) return refuse('narrow_unproved')
  const size = dialect.measure(printPolicy(document))
  if (size <= dialect.budget.max) return { ok: true, value: document, diagnostics: [] }
  return refuse('policy_too_large', `${size} of ${dialect.budget.max} ${dialect.budget.unit}:`)
}

/** Everything is held against everything: what nobody would write must not cost what nobody would pay. */
const MOST_STATEMENTS = 16
const MOST_ENTRIES = 64
const MOST_PIECES = 64
const MOST_WILDCARDS = 16

function isTooMany({ Statement: statements }: PolicyDocument): boolean {
  const entries = statements.flatMap((statement) => [...statementTexts(statement, '')])
  return (
    statements.length > MOST_STATEMENTS ||
    entries.length > MOST_ENTRIES ||
    entries.some(({ text }) => text.split(/[*?]/).length - 1 > MOST_WILDCARDS)
  )
}

function refuse(code: Diagnostic['code'], words = ''): Result<never> {
  return { ok: false, diagnostics: [diagnose(code, '$', words)] }
}

function unique(found: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(found.map((one) => [`${one.code} ${one.path}`, one] as const)).values()]
}

/** A statement of the result, and the place of the caller's statement that it comes from. */
type Piece = { readonly statement: Statement; readonly path: string }
type Pieces = { readonly pieces: readonly Piece[]; readonly diagnostics: readonly Diagnostic[] }

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED = /[\u0000-\u001f\u007f-\u009f\\]|[^\u0000-\u00ff]/

/** Signs that mean something else to us, variables, and resources of another store; what it says is judged afterwards. */
function refuseTexts(statement: Statement, index: number): readonly Diagnostic[] {
  const path = `$.Statement[${index}]`
  const values = Object.values(statement.Condition ?? {}).flatMap((keys) => Object.values(keys).flat())
  const texts = [...statement.Action, ...statement.Resource, ...values]
  const found: Diagnostic[] = []
  if (texts.some((text) => REFUSED.test(text))) found.push(diagnose('resource_character', path))
  if (texts.some((text) => text.replace(/\$\{[*?$]\}/g, '').includes('$')))
    found.push(diagnose('policy_variable', path))
  if (texts.some((text) => text.includes('{{'))) found.push(diagnose('placeholder_syntax', path))
  for (const [place, text] of statement.Resource.entries()) {
    if (!isResourceText(text)) found.push(diagnose('resource_arn', `${path}.Resource[${place}]`))
  }
  return found
}

/** Each Allow of the caller with each of the role: what both allow. */
function allPieces(outer: readonly Statement[], inner: readonly Statement[], dialect: Dialect): Pieces {
  const pieces = new Map<string, Piece>()
  const diagnostics: Diagnostic[] = []
  for (const [index, asked] of inner.entries()) {
    if (asked.Effect === 'Deny') continue
    const path = `$.Statement[${index}]`
    for (const given of outer) {
      if (given.Effect === 'Deny') continue
      const statement = meetStatements(given, asked, dialect)
      if (statement === null) continue
      if ('code' in statement) diagnostics.push(diagnose(statement.code, path))
      else put(pieces, { statement, path })
    }
  }
  return { pieces: [...pieces.values()], diagnostics }
}

/** Pieces that say the same stand once, at the first statement that asks for them. */
function put(pieces: Map<string, Piece>, piece: Piece): void {
  const text = JSON.stringify(piece.statement)
  if (!pieces.has(text)) pieces.set(text, piece)
}

type Unsayable = { readonly code: 'narrow_action' | 'narrow_resource' | 'narrow_condition' }

function meetStatements(given: Statement, asked: Statement, dialect: Dialect): Statement | Unsayable | null {
  const { texts, unwritable } = meetActions(dialect, given.Action, asked.Action)
  if (texts.length === 0) return null
  const resources = meetResources(given.Resource, asked.Resource, dialect)
  if (resources === null) return { code: 'narrow_resource' }
  const Condition = bothConditions(given.Condition ?? {}, asked.Condition ?? {})
  const fitting = onlyFitting(dialect, { Action: texts, Resource: resources })
  if (fitting === null || Condition === 'never') return null
  if (unwritable !== null) return { code: 'narrow_action' }
  if (Condition === null) return { code: 'narrow_condition' }
  return { Effect: 'Allow', ...fitting, ...(Object.keys(Condition).length === 0 ? {} : { Condition }) }
}

/** Each Deny of the caller, as far as it takes something of what both allow. */
function allDenies(pieces: readonly Piece[], inner: readonly Statement[], dialect: Dialect): Pieces {
  const denies = new Map<string, Piece>()
  const diagnostics: Diagnostic[] = []
  for (const [index, denied] of inner.entries()) {
    if (denied.Effect === 'Allow') continue
    const path = `$.Statement[${index}]`
    if (!isReadAlike(denied, dialect)) {
      diagnostics.push(diagnose('narrow_condition', path))
      continue
    }
    for (const { statement } of pieces) {
      const Action = deniedActions(dialect, denied.Action, statement.Action)
      if (Action.length === 0) continue
      const Resource = meetResources(statement.Resource, denied.Resource, dialect)
      if (Resource === null) diagnostics.push(diagnose('narrow_resource', path))
      const fitting = onlyFitting(dialect, { Action, Resource: Resource ?? [] })
      if (fitting !== null) put(denies, { statement: { ...denied, ...fitting }, path })
      if (denies.size > MOST_PIECES) return { pieces: [...denies.values()], diagnostics }
    }
  }
  return { pieces: [...denies.values()], diagnostics }
}

/** A Deny on what differs from a value: where a missing key does not count as differing, it would deny too little. */
function isReadAlike({ Condition }: Statement, { reading }: Dialect): boolean {
  if (reading.missingHoldsNot) return true
  return Object.keys(Condition ?? {}).every((text) => {
    const operator = parseOperator(text)
    return operator !== null && (!operator.negated || operator.ifExists)
  })
}

/** What the target cannot say, at the caller's statement that asks for it. */
function checkPiece(
  { statement, path }: Piece,
  dialect: Dialect,
  accept: readonly string[],
): readonly Diagnostic[] {
  return dialect
    .checkStatement(statement, {}, path)
    .filter(({ code }) => !(isAcceptable(code) && accept.includes(code)))
    .map((found) => ({ ...found, path }))
}

/** The proof of the result, made without looking at how it came about: within one Allow each, and no Deny lost. */
function isNarrower(outer: readonly Statement[], result: readonly Statement[], dialect: Dialect): boolean {
  return (
    result.every((one) => one.Effect === 'Deny' || isAllowed(outer, one, dialect)) &&
    outer.every((deny) => deny.Effect === 'Allow' || isStillDenied(deny, result, dialect))
  )
}

function isAllowed(outer: readonly Statement[], one: Statement, dialect: Dialect): boolean {
  return one.Action.every((action) =>
    one.Resource.every((resource) =>
      outer.some(
        (given) =>
          given.Effect === 'Allow' &&
          actionsCover(dialect, given.Action, [action]) &&
          given.Resource.some((text) => resourceCovers(text, resource)) &&
          conditionIsTighter(one.Condition ?? {}, given.Condition ?? {}),
      ),
    ),
  )
}

function isStillDenied(deny: Statement, result: readonly Statement[], dialect: Dialect): boolean {
  const denies = result.filter(({ Effect }) => Effect === 'Deny')
  const allows = result.filter(({ Effect }) => Effect === 'Allow')
  return (
    !allows.some((allow) => statementsMeet(dialect, allow, deny)) ||
    deny.Action.every((action) =>
      deny.Resource.every((resource) =>
        denies.some((one) => {
          const part = { ...deny, Action: [action], Resource: [resource] }
          const alike = isUnconditional(one) || sameCondition(one.Condition ?? {}, deny.Condition ?? {})
          return actionsMeet(dialect, one.Action, [action]) && alike && statementCovers(dialect, one, part)
        }),
      ),
    )
  )
}

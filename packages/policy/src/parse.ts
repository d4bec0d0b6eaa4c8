import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose } from './diagnostic.ts'
import type { ConditionBlock, PolicyDocument, Statement } from './document.ts'
import { POLICY_VERSION } from './document.ts'
import { readJson } from './json.ts'

type Json = { readonly [name: string]: unknown }

/** Elements of the grammar that a session policy for an S3 store cannot carry; MinIO ignores or chokes on them. */
const UNSUPPORTED = new Set(['NotAction', 'NotResource', 'Principal', 'NotPrincipal'])
const STATEMENT_MEMBERS = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition'])
const SID = /^[A-Za-z0-9]*$/

/**
 * Reads a policy document, an object or JSON text, into normal form, or says everything that is wrong with it, each
 * with its JSON path. Strict: an unknown member is an error, because a store that ignores it reads another policy than
 * the author wrote. Sids are checked and dropped: they cost bytes and mean nothing to a session. Never throws.
 */
export function parsePolicy(input: unknown): Result<PolicyDocument> {
  if (typeof input === 'string') {
    const read = readJson(input)
    return read.ok ? parsePolicy(typeof read.value === 'string' ? null : read.value) : read
  }
  if (!isObject(input)) return { ok: false, diagnostics: [diagnose('not_an_object', '$')] }
  const found: Diagnostic[] = []
  for (const name of Object.keys(input)) {
    // The grammar forbids Id in identity and session policies; MinIO would keep it and count its bytes.
    if (name === 'Id') found.push(diagnose('element_unsupported', '$.Id', '`Id`'))
    else if (name !== 'Version' && name !== 'Statement')
      found.push(diagnose('member_unknown', `$.${name}`, `\`${name}\``))
  }
  const { Version, Statement: list } = input
  if (Version !== POLICY_VERSION)
    found.push(diagnose(Version === undefined ? 'member_missing' : 'version_unsupported', '$.Version'))
  const statements: readonly unknown[] = Array.isArray(list) ? list : isObject(list) ? [list] : []
  if (statements.length === 0) found.push(diagnose('statement_list', '$.Statement'))
  const parsed = statements.map((statement, index) =>
    parseStatement(statement, `$.Statement[${index}]`, found),
  )
  const whole = parsed.filter((statement) => statement !== null)
  if (found.length > 0 || whole.length !== parsed.length) return { ok: false, diagnostics: found }
  return { ok: true, value: { Version: POLICY_VERSION, Statement: whole }, diagnostics: [] }
}

function parseStatement(input: unknown, path: string, found: Diagnostic[]): Statement | null {
  if (!isObject(input)) {
    found.push(diagnose('not_an_object', path))
    return null
  }
  for (const name of Object.keys(input)) {
    if (UNSUPPORTED.has(name)) found.push(diagnose('element_unsupported', `${path}.${name}`, `\`${name}\``))
    else if (!STATEMENT_MEMBERS.has(name))
      found.push(diagnose('member_unknown', `${path}.${name}`, `\`${name}\``))
  }
  const { Sid, Effect, Condition } = input
  if (Sid !== undefined && !(typeof Sid === 'string' && SID.test(Sid)))
    found.push(diagnose('sid_invalid', `${path}.Sid`))
  const effect = Effect === 'Allow' || Effect === 'Deny' ? Effect : null
  if (effect === null)
    found.push(diagnose(Effect === undefined ? 'member_missing' : 'effect_invalid', `${path}.Effect`))
  const Action = parseTexts(input['Action'], `${path}.Action`, found)
  const Resource = parseTexts(input['Resource'], `${path}.Resource`, found)
  const condition = Condition === undefined ? null : parseConditions(Condition, `${path}.Condition`, found)
  if (effect === null || Action === null || Resource === null) return null
  return { Effect: effect, Action, Resource, ...(condition === null ? {} : { Condition: condition }) }
}

/** Entries that stand twice are kept here, so that paths are the author's; composing drops them. */
function parseTexts(input: unknown, path: string, found: Diagnostic[]): readonly string[] | null {
  if (input === undefined) {
    found.push(diagnose('member_missing', path))
    return null
  }
  const list: readonly unknown[] = Array.isArray(input) ? input : [input]
  if (list.length === 0) found.push(diagnose('text_list', path))
  const texts = list.filter((one): one is string => typeof one === 'string' && one !== '')
  for (const [index, one] of list.entries()) {
    if (typeof one !== 'string' || one === '')
      found.push(diagnose('text_list', Array.isArray(input) ? `${path}[${index}]` : path))
  }
  return texts.length > 0 && texts.length === list.length ? texts : null
}

/** Entries become objects again by `fromEntries`, which makes even `__proto__` an ordinary name: none gets lost. */
function parseConditions(input: unknown, path: string, found: Diagnostic[]): ConditionBlock | null {
  const before = found.length
  const operators = members(input, path, found).map(([operator, keys]) => {
    const at = `${path}.${operator}`
    const pairs = members(keys, at, found).map(
      ([key, values]) => [key, conditionValues(values, `${at}.${key}`, found)] as const,
    )
    return [operator, Object.fromEntries(pairs)] as const
  })
  return found.length === before ? Object.fromEntries(operators) : null
}

function members(input: unknown, path: string, found: Diagnostic[]): readonly [string, unknown][] {
  const entries = isObject(input) ? Object.entries(input) : []
  if (entries.length === 0) found.push(diagnose('condition_shape', path))
  return entries
}

/** Numbers and booleans may stand unquoted (AWS IAM User Guide, "Grammar"); in normal form they are texts. */
function conditionValues(input: unknown, path: string, found: Diagnostic[]): readonly string[] {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input]
  const usable = list.filter(
    (one) => typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean',
  )
  if (list.length === 0 || usable.length !== list.length) found.push(diagnose('condition_shape', path))
  return usable.map(String)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

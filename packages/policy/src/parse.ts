import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose } from './diagnostic.ts'
import type { ConditionBlock, PolicyDocument, Statement } from './document.ts'
import { POLICY_VERSION } from './document.ts'

type Json = { readonly [name: string]: unknown }

/** Elements of the grammar that a session policy for an S3 store cannot carry; MinIO ignores or chokes on them. */
const UNSUPPORTED = new Set(['NotAction', 'NotResource', 'Principal', 'NotPrincipal'])
const STATEMENT_MEMBERS = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition'])
const SID = /^[A-Za-z0-9]*$/

/**
 * Reads a policy document into normal form, or says everything that is wrong with it, each with its JSON path. Strict:
 * an unknown member is an error, because a store that ignores it reads another policy than the author wrote. Sids are
 * checked and dropped: they cost bytes and mean nothing to a session. Never throws.
 */
export function parsePolicy(input: unknown): Result<PolicyDocument> {
  if (!isObject(input)) return { ok: false, diagnostics: [diagnose('not_an_object', '$')] }
  const found: Diagnostic[] = []
  for (const name of Object.keys(input)) {
    if (name !== 'Version' && name !== 'Statement' && name !== 'Id')
      found.push(diagnose('member_unknown', `$.${name}`, `\`${name}\``))
  }
  if (input['Version'] !== POLICY_VERSION) {
    found.push(
      diagnose(input['Version'] === undefined ? 'member_missing' : 'version_unsupported', '$.Version'),
    )
  }
  const list = input['Statement']
  const statements = Array.isArray(list) ? list : isObject(list) ? [list] : []
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

function parseTexts(input: unknown, path: string, found: Diagnostic[]): readonly string[] | null {
  if (input === undefined) {
    found.push(diagnose('member_missing', path))
    return null
  }
  const list: readonly unknown[] = Array.isArray(input) ? input : [input]
  if (list.length > 0 && list.every((one): one is string => typeof one === 'string' && one !== ''))
    return [...new Set(list)]
  found.push(diagnose('text_list', path))
  return null
}

function parseConditions(input: unknown, path: string, found: Diagnostic[]): ConditionBlock | null {
  const operators = isObject(input) ? Object.entries(input) : []
  const block: Record<string, Record<string, readonly string[]>> = {}
  let whole = operators.length > 0
  for (const [operator, keys] of operators) {
    const pairs = isObject(keys) ? Object.entries(keys) : []
    whole &&= pairs.length > 0
    const values = pairs.map(([key, value]) => [key, conditionValues(value)] as const)
    whole &&= values.every(([, list]) => list.length > 0)
    block[operator] = Object.fromEntries(values)
  }
  if (whole) return block
  found.push(diagnose('condition_shape', path))
  return null
}

/** Numbers and booleans are texts on the wire of every store. */
function conditionValues(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  const usable = list.every(
    (one) => typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean',
  )
  return usable ? list.map(String) : []
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { ACTIONS, canonicalAction, type ResourceKind } from '../actions.ts'
import { parseS3Arn } from '../arn.ts'
import { isConditionKey, isConditionOperator } from '../conditions.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { Statement } from '../document.ts'
import { matchesPattern } from '../pattern.ts'
import type { Placeholders, PlaceholderType } from '../placeholder.ts'
import { isBucketName } from '../placeholder.ts'
import { parseTemplate, statementTexts } from '../template.ts'

/** minio/minio `cmd/sts-handlers.go` maxSTSSessionPolicySize: counted after MinIO wrote the document again. */
export const MINIO_POLICY_BUDGET_BYTES = 2048

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED_CHARACTERS = /[\u0000-\u001f\u007f-\u009f?$\\]|[^\u0000-\u00ff]/

/**
 * Checks one statement, with its placeholders still in it, against what community MinIO can say and how it reads it
 * (DESIGN rules 4, 6 and 7). Every finding names its JSON path.
 */
export function checkMinioStatement(
  statement: Statement,
  placeholders: Placeholders,
  path: string,
): readonly Diagnostic[] {
  const actions = statement.Action.map((text, index) => checkAction(text, `${path}.Action[${index}]`))
  const resources = statement.Resource.map((text, index) =>
    checkResource(text, placeholders, `${path}.Resource[${index}]`),
  )
  const kinds = new Set(actions.flatMap((action) => action.kinds))
  const found = [...actions, ...resources].flatMap(({ diagnostics }) => diagnostics)
  if (kinds.size > 1) found.push(diagnose('action_kinds', `${path}.Action`))
  else {
    for (const [index, { kind }] of resources.entries()) {
      if (kind !== null && kinds.size === 1 && !kinds.has(kind)) {
        found.push(diagnose('action_resource_kind', `${path}.Resource[${index}]`))
      }
    }
  }
  return [...found, ...checkConditions(statement, path), ...checkTexts(statement, placeholders, path)]
}

type CheckedAction = { readonly kinds: readonly ResourceKind[]; readonly diagnostics: readonly Diagnostic[] }

function checkAction(text: string, path: string): CheckedAction {
  const refused = (diagnostic: Diagnostic) => ({ kinds: [], diagnostics: [diagnostic] })
  if (text === '*') return refused(diagnose('action_star', path))
  if (!text.startsWith('s3:')) {
    const spelled = canonicalAction(text)
    return refused(
      spelled === null
        ? diagnose('action_service', path, `\`${text}\``)
        : diagnose('action_case', path, `write \`${spelled}\`:`),
    )
  }
  const matched = [...ACTIONS].filter(([name]) => matchesPattern(text, name))
  if (matched.length > 0) return { kinds: [...new Set(matched.map(([, kind]) => kind))], diagnostics: [] }
  const spelled = canonicalAction(text)
  if (spelled !== null) return refused(diagnose('action_case', path, `write \`${spelled}\`:`))
  return refused(diagnose('action_unknown', path, `\`${text}\``))
}

type CheckedResource = { readonly kind: ResourceKind | null; readonly diagnostics: readonly Diagnostic[] }

function checkResource(text: string, placeholders: Placeholders, path: string): CheckedResource {
  const arn = parseS3Arn(text)
  if (arn === null) return { kind: null, diagnostics: [diagnose('resource_arn', path)] }
  const diagnostics = [...checkBucket(arn.bucket, placeholders, path)]
  if (arn.key === null) return { kind: 'bucket', diagnostics }
  const segments = arn.key.split('/')
  return {
    kind: 'object',
    diagnostics: [
      ...diagnostics,
      ...segments.flatMap((segment) => checkSegment(segment, placeholders, path)),
    ],
  }
}

/** A full name or one whole placeholder: with a wildcard or a half name MinIO reaches buckets that nobody listed. */
function checkBucket(bucket: string, placeholders: Placeholders, path: string): readonly Diagnostic[] {
  const { names, pieces } = parseTemplate(bucket)
  const [name] = names
  if (name === undefined) return isBucketName(bucket) ? [] : [diagnose('resource_bucket', path)]
  if (names.length > 1 || pieces.some((piece) => piece !== '')) return [diagnose('resource_bucket', path)]
  return checkPosition(name, { placeholders, allowed: ['bucket'], path })
}

function checkSegment(segment: string, placeholders: Placeholders, path: string): readonly Diagnostic[] {
  const { names, pieces } = parseTemplate(segment)
  const fixed = pieces.join('')
  const [name] = names
  if (name === undefined)
    return segment === '' || segment === '.' || segment === '..' ? [diagnose('resource_segment', path)] : []
  if (names.length > 1 || fixed.includes('*')) return [diagnose('placeholder_beside', path)]
  // A path with fixed text beside it would have that text at one of its segments only: nobody could say which.
  const allowed: PlaceholderType[] = fixed === '' ? ['segment', 'path'] : ['segment']
  return checkPosition(name, { placeholders, allowed, path })
}

function checkPosition(
  name: string,
  at: {
    readonly placeholders: Placeholders
    readonly allowed: readonly PlaceholderType[]
    readonly path: string
  },
): readonly Diagnostic[] {
  const type = at.placeholders[name]?.type
  if (type === undefined || at.allowed.includes(type)) return []
  return [diagnose('placeholder_position', at.path, `{{${name}}} is of type ${type}:`)]
}

function checkConditions(statement: Statement, path: string): readonly Diagnostic[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, keys]) => {
    const at = `${path}.Condition.${operator}`
    if (!isConditionOperator(operator)) return [diagnose('condition_operator', at, `\`${operator}\``)]
    return Object.keys(keys).map((key) =>
      isConditionKey(key, statement.Action)
        ? diagnose('condition_forgeable', `${at}.${key}`, `\`${key}\`:`)
        : diagnose('condition_key', `${at}.${key}`, `\`${key}\``),
    )
  })
}

/** Characters and placeholders, wherever a text stands. */
function checkTexts(statement: Statement, placeholders: Placeholders, path: string): readonly Diagnostic[] {
  return [...statementTexts(statement, path)].flatMap(({ text, where, path: at }) => {
    const { names, pieces } = parseTemplate(text)
    const fixed = pieces.join('')
    const found: Diagnostic[] = []
    if (fixed.includes('${')) found.push(diagnose('policy_variable', at))
    else if (/[{}]/.test(fixed)) found.push(diagnose('placeholder_syntax', at))
    else if (where !== 'action' && REFUSED_CHARACTERS.test(fixed))
      found.push(diagnose('resource_character', at))
    if (names.length > 0 && (where === 'action' || where === 'key'))
      found.push(diagnose('placeholder_position', at))
    for (const name of names) {
      if (placeholders[name] === undefined) found.push(diagnose('placeholder_undeclared', at, `{{${name}}}`))
    }
    return found
  })
}

import { ACTIONS, canonicalAction } from '../actions.ts'
import { parseS3Arn } from '../arn.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { Statement } from '../document.ts'
import { matchesPattern } from '../pattern.ts'
import type { Placeholders, PlaceholderType } from '../placeholder.ts'
import { isBucketName, placeholderOf } from '../placeholder.ts'
import { parseTemplate, statementTexts } from '../template.ts'
import { checkMinioConditions } from './minio-conditions.ts'

/** minio/minio `cmd/sts-handlers.go` maxSTSSessionPolicySize: counted after MinIO wrote the document again. */
export const MINIO_POLICY_BUDGET_BYTES = 2048

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED_CHARACTERS = /[\u0000-\u001f\u007f-\u009f?$\\]|[^\u0000-\u00ff]/

/** What asks for no bucket is matched as `/`, by this resource alone. */
const WHOLE_STORE = 'arn:aws:s3:::*'

/**
 * Checks one statement, with its placeholders still in it, against what community MinIO can say and how it reads it
 * (DESIGN rules 4, 6 and 7). Every finding names its JSON path.
 */
export function checkMinioStatement(
  statement: Statement,
  placeholders: Placeholders,
  path: string,
): readonly Diagnostic[] {
  const checked = statement.Action.map((text, index) => checkAction(text, `${path}.Action[${index}]`))
  const actions = [...new Set(checked.flatMap(({ names }) => names))]
  return [
    ...checked.flatMap(({ diagnostics }) => diagnostics),
    ...checkKinds(statement, { actions, placeholders, path }),
    ...checkMinioConditions(statement.Condition ?? {}, {
      actions,
      placeholders,
      path: `${path}.Condition`,
    }),
    ...checkTexts(statement, placeholders, path),
  ]
}

type CheckedAction = { readonly names: readonly string[]; readonly diagnostics: readonly Diagnostic[] }

function checkAction(text: string, path: string): CheckedAction {
  const refused = (diagnostic: Diagnostic) => ({ names: [], diagnostics: [diagnostic] })
  if (text === '*') return refused(diagnose('action_star', path))
  const spelled = canonicalAction(text)
  if (spelled !== null && spelled !== text)
    return refused(diagnose('action_case', path, `write \`${spelled}\`:`))
  if (!text.startsWith('s3:')) return refused(diagnose('action_service', path, `\`${text}\``))
  const names = [...ACTIONS.keys()].filter((name) => matchesPattern(text, name))
  return names.length > 0
    ? { names, diagnostics: [] }
    : refused(diagnose('action_unknown', path, `\`${text}\``))
}

/** Resources, and whether they are of the one kind that the actions are for. */
function checkKinds(
  statement: Statement,
  at: { readonly actions: readonly string[]; readonly placeholders: Placeholders; readonly path: string },
): readonly Diagnostic[] {
  const kinds = [...new Set(at.actions.flatMap((name) => ACTIONS.get(name) ?? []))]
  const [kind] = kinds
  const found = statement.Resource.flatMap((text, index) => {
    const path = `${at.path}.Resource[${index}]`
    if (kinds.length === 1 && kind === 'service')
      return text === WHOLE_STORE ? [] : [diagnose('action_resource_kind', path)]
    const resource = checkResource(text, at.placeholders, path)
    const fits = kinds.length !== 1 || resource.kind === null || resource.kind === kind
    return fits ? resource.diagnostics : [...resource.diagnostics, diagnose('action_resource_kind', path)]
  })
  if (kinds.length <= 1) return found
  const examples = kinds.map((one) => {
    const name = at.actions.find((action) => ACTIONS.get(action) === one)
    return `\`${name}\` acts on ${one === 'service' ? 'the whole store' : `${one}s`}`
  })
  return [...found, diagnose('action_kinds', `${at.path}.Action`, `${examples.join(', ')}:`)]
}

type CheckedResource = {
  readonly kind: 'bucket' | 'object' | null
  readonly diagnostics: readonly Diagnostic[]
}

function checkResource(text: string, placeholders: Placeholders, path: string): CheckedResource {
  const arn = parseS3Arn(text)
  if (arn === null) return { kind: null, diagnostics: [diagnose('resource_arn', path)] }
  const diagnostics = checkBucket(arn.bucket, placeholders, path)
  if (arn.key === null) return { kind: 'bucket', diagnostics }
  const segments = arn.key.split('/').flatMap((segment) => checkSegment(segment, placeholders, path))
  return { kind: 'object', diagnostics: [...diagnostics, ...segments] }
}

/** A full name or one whole placeholder: with a wildcard or a half name MinIO reaches buckets that nobody listed. */
function checkBucket(bucket: string, placeholders: Placeholders, path: string): readonly Diagnostic[] {
  const { names, pieces } = parseTemplate(bucket)
  const [name] = names
  if (name === undefined) return isBucketName(bucket) ? [] : [diagnose('resource_bucket', path)]
  if (names.length > 1 || pieces.some((piece) => piece !== '')) return [diagnose('resource_bucket', path)]
  return checkPosition(name, { placeholders, allowed: ['bucket'], path })
}

/**
 * A placeholder may have fixed text beside it. The whole never becomes `.` or `..`: that would take a value of `.`,
 * which no placeholder lets in.
 */
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
  const type = placeholderOf(at.placeholders, name)?.type
  if (type === undefined || at.allowed.includes(type)) return []
  return [diagnose('placeholder_position', at.path, `{{${name}}} is of type ${type}:`)]
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
      if (placeholderOf(placeholders, name) === undefined)
        found.push(diagnose('placeholder_undeclared', at, `{{${name}}}`))
    }
    return found
  })
}

import type { ActionTable, ResourceKind } from '../action-table.ts'
import { parseS3Arn } from '../arn.ts'
import type { Diagnostic } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { ConditionBlock, Statement } from '../document.ts'
import { hasWildcard, withoutEscapes } from '../pattern.ts'
import type { Placeholders, PlaceholderType } from '../placeholder.ts'
import { isBucketName, placeholderOf } from '../placeholder.ts'
import { parseTemplate, statementTexts } from '../template.ts'

/** What a statement may say, where dialects differ. */
export type StatementRules = {
  readonly actions: ActionTable
  /** Bucket and object actions may stand in one statement: a resource of one kind never matches the other. */
  readonly mixed: boolean
  /** `?` is one character in a Resource and may be used. */
  readonly oneSign: boolean
  /** Empty, `.` and `..` segments mean themselves. */
  readonly anySegment: boolean
  /** `${*}`, `${?}` and `${$}` may be used. */
  readonly escapes: boolean
  /** What asks for no bucket is matched by these resources alone. */
  readonly wholeStore: readonly string[]
  /** Whether the text is the ARN of a key, for actions on keys. */
  isKeyArn(text: string): boolean
  checkConditions(condition: ConditionBlock, at: StatementPlace): readonly Diagnostic[]
}

export type StatementPlace = {
  /** Names of the table, patterns expanded. */
  readonly actions: readonly string[]
  readonly placeholders: Placeholders
  readonly path: string
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const REFUSED_CHARACTERS = /[\u0000-\u001f\u007f-\u009f$\\]|[^\u0000-\u00ff]/

/** Checks one statement, with its placeholders still in it, by the rules of a dialect. */
export function checkStatementBy(
  rules: StatementRules,
  statement: Statement,
  at: { readonly placeholders: Placeholders; readonly path: string },
): readonly Diagnostic[] {
  const { placeholders, path } = at
  const checked = statement.Action.map((text, index) => checkAction(rules, text, `${path}.Action[${index}]`))
  const actions = [...new Set(checked.flatMap(({ names }) => names))]
  return [
    ...checked.flatMap(({ diagnostics }) => diagnostics),
    ...checkResources(rules, statement, { actions, placeholders, path }),
    ...rules.checkConditions(statement.Condition ?? {}, {
      actions,
      placeholders,
      path: `${path}.Condition`,
    }),
    ...checkTexts(rules, statement, at),
  ]
}

type CheckedAction = { readonly names: readonly string[]; readonly diagnostics: readonly Diagnostic[] }

function checkAction({ actions }: StatementRules, text: string, path: string): CheckedAction {
  const refused = (diagnostic: Diagnostic) => ({ names: [], diagnostics: [diagnostic] })
  if (text === '*') return refused(diagnose('action_star', path))
  const spelled = actions.canonical(text)
  if (spelled !== null && spelled !== text)
    return refused(diagnose('action_case', path, `write \`${spelled}\`:`))
  const names = actions.matching(text)
  const service = text.slice(0, text.indexOf(':') + 1)
  const known = [...actions.kinds.keys()].some((name) => name.startsWith(service))
  if (service === '' || !known) return refused(diagnose('action_service', path, `\`${text}\``))
  return names.length > 0
    ? { names, diagnostics: [] }
    : refused(diagnose('action_unknown', path, `\`${text}\``))
}

/** Resources, and whether they are of the kinds that the actions are for. */
function checkResources(
  rules: StatementRules,
  statement: Statement,
  at: StatementPlace,
): readonly Diagnostic[] {
  const kinds = kindsOf(rules, at.actions)
  const resources = statement.Resource.map((text, index) => {
    const path = `${at.path}.Resource[${index}]`
    return { path, ...checkResource(rules, text, { kinds, placeholders: at.placeholders, path }) }
  })
  const unfit = resources.flatMap(({ kind, path, diagnostics }) =>
    kinds.length === 0 || kind === null || (kinds.length > 1 && !rules.mixed) || kinds.includes(kind)
      ? diagnostics
      : [...diagnostics, diagnose('action_resource_kind', path)],
  )
  if (kinds.length <= 1) return unfit
  if (rules.mixed) return [...unfit, ...checkNamed(rules, statement, { ...at, resources })]
  const examples = kinds.map((one) => {
    const name = at.actions.find((action) => rules.actions.kinds.get(action) === one)
    return `\`${name}\` acts on ${one === 'service' ? 'the whole store' : `${one}s`}`
  })
  return [...unfit, diagnose('action_kinds', `${at.path}.Action`, `${examples.join(', ')}:`)]
}

/** Where kinds may be mixed: an action that is written out and finds no resource of its kind allows nothing. */
function checkNamed(
  rules: StatementRules,
  statement: Statement,
  at: { readonly path: string; readonly resources: readonly { readonly kind: ResourceKind | null }[] },
): readonly Diagnostic[] {
  if (at.resources.some(({ kind }) => kind === null)) return []
  const there = new Set(at.resources.map(({ kind }) => kind))
  return statement.Action.flatMap((text, index) => {
    const kind = rules.actions.kinds.get(text)
    if (kind === undefined || there.has(kind)) return []
    return [
      diagnose('action_resource_kind', `${at.path}.Action[${index}]`, `\`${text}\` finds no resource here:`),
    ]
  })
}

function kindsOf({ actions }: StatementRules, names: readonly string[]): readonly ResourceKind[] {
  return [...new Set(names.flatMap((name) => actions.kinds.get(name) ?? []))]
}

type CheckedResource = {
  readonly kind: ResourceKind | null
  readonly diagnostics: readonly Diagnostic[]
}

function checkResource(
  rules: StatementRules,
  text: string,
  at: {
    readonly kinds: readonly ResourceKind[]
    readonly placeholders: Placeholders
    readonly path: string
  },
): CheckedResource {
  const { kinds, placeholders, path } = at
  // `*` and `arn:aws:s3:::*` reach every bucket as well: only beside actions that ask for none.
  if (kinds.length === 1 && kinds[0] === 'service')
    return { kind: rules.wholeStore.includes(text) ? 'service' : 'bucket', diagnostics: [] }
  if (kinds.includes('key') && rules.isKeyArn(text)) return { kind: 'key', diagnostics: [] }
  const arn = parseS3Arn(text)
  if (arn === null) return { kind: null, diagnostics: [diagnose('resource_arn', path)] }
  const diagnostics = checkBucket(arn.bucket, placeholders, path)
  if (arn.key === null) return { kind: 'bucket', diagnostics }
  const segments = arn.key.split('/').flatMap((segment) => checkSegment(rules, segment, at))
  return { kind: 'object', diagnostics: [...diagnostics, ...segments] }
}

/** A full name or one whole placeholder: with a wildcard or a half name a store reaches buckets that nobody listed. */
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
function checkSegment(
  rules: StatementRules,
  segment: string,
  at: { readonly placeholders: Placeholders; readonly path: string },
): readonly Diagnostic[] {
  const { names, pieces } = parseTemplate(segment)
  const fixed = pieces.join('')
  const [name] = names
  const { placeholders, path } = at
  if (name === undefined) {
    const other = segment === '' || segment === '.' || segment === '..'
    return other && !rules.anySegment ? [diagnose('resource_segment', path)] : []
  }
  if (besideWildcard(segment)) return [diagnose('placeholder_beside', path)]
  // A path with fixed text beside it would have that text at one of its segments only: nobody could say which.
  const allowed: PlaceholderType[] = fixed === '' ? ['segment', 'path'] : ['segment']
  return checkPosition(name, { placeholders, allowed, path })
}

/**
 * Whether a placeholder has a wildcard or another placeholder beside it in its segment: `team-{{x}}*` would be
 * `team-ab*` for one and hold `team-abc` of another.
 */
export function besideWildcard(text: string): boolean {
  return text.split('/').some((segment) => {
    const { names, pieces } = parseTemplate(segment)
    return (
      names.length > 1 || (names.length > 0 && pieces.some((piece) => hasWildcard(withoutEscapes(piece))))
    )
  })
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
function checkTexts(
  rules: StatementRules,
  statement: Statement,
  { placeholders, path }: { readonly placeholders: Placeholders; readonly path: string },
): readonly Diagnostic[] {
  return [...statementTexts(statement, path)].flatMap(({ text, where, path: at }) => {
    const { names, pieces } = parseTemplate(text)
    const escaped = rules.escapes && (where === 'resource' || where === 'value')
    const fixed = escaped
      ? pieces.map((piece) => piece.replace(/\$\{[*?$]\}/g, '')).join('')
      : pieces.join('')
    const found: Diagnostic[] = []
    if (fixed.includes('${')) found.push(diagnose('policy_variable', at))
    else if (/[{}]/.test(fixed)) found.push(diagnose('placeholder_syntax', at))
    else if (
      where !== 'action' &&
      (REFUSED_CHARACTERS.test(fixed) || (!rules.oneSign && fixed.includes('?')))
    )
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

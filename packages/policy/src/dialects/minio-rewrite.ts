import { parseS3Arn } from '../arn.ts'
import type { Diagnostic, Result } from '../diagnostic.ts'
import { diagnose } from '../diagnostic.ts'
import type { PolicyDocument } from '../document.ts'
import { parsePolicy } from '../parse.ts'
import { matchesPattern } from '../pattern.ts'
import type { ActionGroup } from './minio-action-groups.ts'
import { groupActions } from './minio-action-groups.ts'
import type { PolicyVariables } from './minio-variables.ts'
import { collectVariables } from './minio-variables.ts'

type Raw = { readonly [name: string]: unknown }

/** What somebody should know of how a document was written anew. */
export type RewriteNote = { readonly path: string; readonly text: string }

export type RewrittenPolicy = {
  /** In the grammar of a session policy, lists sorted, Sids kept where they are letters and digits. */
  readonly document: Pick<PolicyDocument, 'Version'> & { readonly Statement: readonly object[] }
  /** What MinIO would have filled in, as typed placeholders: by name, the type and the variable. */
  readonly placeholders: PolicyVariables
  readonly notes: readonly RewriteNote[]
}

/**
 * A policy of a MinIO (what its admin API answers, or what somebody would give it) in words that a session policy may
 * use. Rewritten is only what is provably the same on community MinIO (pkg/policy v3.1.3): actions are parted by what
 * they act on, `b/*` under a bucket action is the bucket, NotAction is its list, a variable is a placeholder. What
 * cannot be said stays as it is, for whoever checks: the dialect refuses it by name. Never throws; not ok where it is no
 * policy document at all.
 */
export function rewriteMinioPolicy(input: unknown): Result<RewrittenPolicy> {
  if (!isObject(input)) return { ok: false, diagnostics: [diagnose('not_an_object', '$')] }
  // A brace pair of the author would be read as a hole of ours.
  if (hasHole(input, 0)) return { ok: false, diagnostics: [diagnose('placeholder_syntax', '$')] }
  // MinIO writes `Id` as `ID`; neither means anything to a request.
  const { Id, ID, Statement: list, ...rest } = input
  const notes: RewriteNote[] = []
  if ((Id ?? ID ?? '') !== '') notes.push({ path: '$.Id', text: 'dropped: it means nothing to a request' })
  const variables = collectVariables()
  const statements: readonly unknown[] = Array.isArray(list) ? list : isObject(list) ? [list] : []
  // Such a statement has no Resource, which is not what is wrong with it.
  const foreign = statements.flatMap(foreignActions)
  if (foreign.length > 0) return { ok: false, diagnostics: foreign }
  const Statement = statements.flatMap((one, index) =>
    rewriteStatement(one, { path: `$.Statement[${index}]`, variables, notes }),
  )
  const document = { ...rest, Statement }
  const parsed = parsePolicy(document)
  if (!parsed.ok) return parsed
  const value = {
    document: { Version: parsed.value.Version, Statement },
    placeholders: variables.found(),
    notes,
  }
  return { ok: true, value, diagnostics: [] }
}

/** Actions on the store itself (`admin:`, `kms:`, `sts:`): no session of an S3 store has them. */
function foreignActions(statement: unknown, index: number): readonly Diagnostic[] {
  const actions = isObject(statement) ? texts(statement['Action'] ?? statement['NotAction']) : null
  return (actions ?? [])
    .toSorted()
    .flatMap((text, nth) =>
      text !== '*' && !text.startsWith('s3:')
        ? [diagnose('action_service', `$.Statement[${index}].Action[${nth}]`, `\`${text}\``)]
        : [],
    )
}

type Context = {
  readonly path: string
  readonly variables: ReturnType<typeof collectVariables>
  readonly notes: RewriteNote[]
}

const SID = /^[A-Za-z0-9]*$/
const SUFFIX = { object: 'Objects', bucket: 'Buckets', key: 'Keys', service: 'Store' } as const

function rewriteStatement(input: unknown, context: Context): readonly object[] {
  if (!isObject(input)) return [{}]
  const { Sid, Action, NotAction, Resource, Condition, ...rest } = input
  const say = (text: string) => context.notes.push({ path: context.path, text })
  const condition = Condition === undefined ? {} : { Condition: fillConditions(Condition, context) }
  const sid = typeof Sid === 'string' && SID.test(Sid) ? Sid : ''
  if (sid === '' && Sid !== undefined && Sid !== '') say('its Sid is dropped: not letters and digits')
  const [actions, excluded, resources] = [texts(Action), texts(NotAction), texts(Resource)]
  const grouped =
    resources === null || (actions === null) === (excluded === null)
      ? null
      : groupActions({ actions, excluded })
  if (grouped === null || resources === null) {
    const kept = {
      ...(Action === undefined ? {} : { Action: actions?.toSorted() ?? Action }),
      ...(NotAction === undefined ? {} : { NotAction: excluded?.toSorted() ?? NotAction }),
      ...(Resource === undefined
        ? {}
        : { Resource: resources === null ? Resource : fillResources(resources, context) }),
    }
    return [{ ...(sid === '' ? {} : { Sid: sid }), ...rest, ...kept, ...condition }]
  }
  if (excluded !== null) say('NotAction is written as the list of what is left')
  const filled = fillResources(resources, context)
  const parts = grouped.map((group) => ({ group, reached: reachedBy(group, filled) }))
  const alive = parts.filter(({ reached }) => reached.length > 0)
  for (const { group } of parts.filter(({ reached }) => reached.length === 0))
    say(`${group.actions.join(', ')} on these resources gives nothing on MinIO: left out`)
  if (alive.length > 1) say(`written as ${alive.length} statements, by what the actions act on`)
  for (const { group, reached } of alive) sayBuckets({ group, reached, filled }, say)
  // Nothing left of a statement: it stays as it was, for the dialect to name what is wrong with it.
  const written = alive.length > 0 ? alive : parts.map(({ group }) => ({ group, reached: filled }))
  return written.map(({ group, reached }) => {
    const name = written.length > 1 && sid !== '' ? `${sid}${SUFFIX[group.kind]}` : sid
    const lists = { Action: group.actions, Resource: reached }
    return { ...(name === '' ? {} : { Sid: name }), ...rest, ...lists, ...condition }
  })
}

function sayBuckets(
  { group, reached, filled }: { group: ActionGroup; reached: readonly string[]; filled: readonly string[] },
  say: (text: string) => void,
): void {
  const starred = filled.filter((one) => one.endsWith('/*')).map((one) => one.slice(0, -2))
  const added =
    group.kind === 'bucket' ? reached.filter((one) => !filled.includes(one) && starred.includes(one)) : []
  if (added.length === 0) return
  const risky = group.actions.filter((name) => /:(?:Delete|Put|ForceDelete|Create)/.test(name))
  const words = risky.length === 0 ? '' : `; take away what nobody needs: ${risky.join(', ')}`
  say(`on MinIO ${added.map((one) => `\`${one}/*\``).join(', ')} is the bucket, too${words}`)
}

/**
 * Which resources these actions are held against, as the dialect writes them. MinIO asks for a bucket as `bucket/`, for
 * the store as `/`, for an object as `bucket/key`; a wildcard in the bucket stays, and is refused by the dialect.
 */
function reachedBy({ kind }: ActionGroup, resources: readonly string[]): readonly string[] {
  const reached = resources.flatMap((text) => {
    const arn = parseS3Arn(text)
    if (arn === null) return [text]
    const { bucket, key } = arn
    const whole = text.slice('arn:aws:s3:::'.length)
    if (kind === 'service') return matchesPattern(whole, '/') ? ['arn:aws:s3:::*'] : []
    if (/[*?]/.test(bucket)) return [text]
    if (kind === 'object') return key === null || key === '' ? [] : [text]
    return key === null || matchesPattern(key, '') ? [`arn:aws:s3:::${bucket}`] : []
  })
  return [...new Set(reached)].toSorted()
}

function fillResources(resources: readonly string[], { variables }: Context): readonly string[] {
  const filled = resources.map((text) => {
    const arn = parseS3Arn(text)
    if (arn === null) return text
    const bucket = variables.fill(arn.bucket, 'bucket')
    return `arn:aws:s3:::${bucket}${arn.key === null ? '' : `/${variables.fill(arn.key, 'segment')}`}`
  })
  return [...new Set(filled)].toSorted()
}

/** Variables count in the values of String operators alone (IAM User Guide, "Policy variables"). */
function fillConditions(input: unknown, { variables }: Context): unknown {
  if (!isObject(input)) return input
  const operators = Object.entries(input).map(([operator, keys]) => {
    if (!isObject(keys)) return [operator, keys] as const
    const isText = /^(?:For(?:All|Any)Values?:)?String/.test(operator)
    const pairs = Object.entries(keys).map(([key, given]) => {
      const values = texts(given)
      if (values === null) return [key, given] as const
      const filled = isText ? values.map((value) => variables.fill(value, 'segment')) : values
      return [key, [...filled].toSorted()] as const
    })
    return [operator, Object.fromEntries(pairs)] as const
  })
  return Object.fromEntries(operators)
}

/** No policy is deeper than seven levels; what is deeper is refused here, so that its depth is not our stack. */
const MOST_LEVELS = 16

function hasHole(input: unknown, level: number): boolean {
  if (typeof input === 'string') return input.includes('{{')
  if (typeof input !== 'object' || input === null) return false
  if (level > MOST_LEVELS) return true
  return Object.entries(input).some(([name, value]) => name.includes('{{') || hasHole(value, level + 1))
}

function texts(input: unknown): readonly string[] | null {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input]
  const found = list.filter((one): one is string => typeof one === 'string' && one !== '')
  return found.length > 0 && found.length === list.length ? found : null
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

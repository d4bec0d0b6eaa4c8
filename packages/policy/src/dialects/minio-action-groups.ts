import type { ResourceKind } from '../action-table.ts'
import { matchesPattern } from '../pattern.ts'
import { MINIO_ACTIONS } from './minio-actions.ts'

const ACTIONS = MINIO_ACTIONS.kinds

/** Actions of one statement that act on the same kind of thing. */
export type ActionGroup = { readonly kind: ResourceKind; readonly actions: readonly string[] }

/**
 * Who names the first literally is allowed the second as well; a wildcard that matches the first gives only what it
 * matches (pkg/policy `ActionSet.Match`; the second row since releases of 2025).
 */
const IMPLIED: readonly (readonly [named: string, given: string])[] = [
  ['s3:GetObjectVersion', 's3:GetObject'],
  ['s3:GetObjectVersionAttributes', 's3:GetObjectAttributes'],
]

const KINDS = ['bucket', 'object', 'service'] as const

/**
 * Parts the actions of a statement by what they act on. A wildcard that stays within one kind is kept; one that does not
 * is written out, where that is provably the same. Null where it is not, or an action is none that MinIO has for S3.
 */
export function groupActions(statement: {
  readonly actions: readonly string[] | null
  readonly excluded: readonly string[] | null
}): readonly ActionGroup[] | null {
  const { actions, excluded } = statement
  if (excluded !== null) return excluded.some((text) => !isKnown(text)) ? null : groupsOf(allBut(excluded))
  if (actions === null || actions.some((text) => !isKnown(text))) return null
  const written = actions.flatMap((text) => (kindsOf(text).length === 1 ? [text] : matched([text])))
  return isSame(written, actions) ? groupsOf(written) : null
}

/** The list that is left by NotAction, or nothing where a name gives more than itself, to one side or the other. */
function allBut(excluded: readonly string[]): readonly string[] {
  const taken = new Set(matched(excluded))
  const left = [...ACTIONS.keys()].filter((name) => !taken.has(name))
  const isPlain =
    impliedBy(excluded).every((name) => taken.has(name)) && !impliedBy(left).some((name) => taken.has(name))
  return isPlain ? left : []
}

function isKnown(text: string): boolean {
  return text.startsWith('s3:') && matched([text]).length > 0
}

/** Whether a list gives the same as another: what is named, and what is given by name. */
function isSame(written: readonly string[], given: readonly string[]): boolean {
  const before = new Set([...matched(given), ...impliedBy(given)])
  const after = new Set([...matched(written), ...impliedBy(written)])
  return before.size === after.size && [...after].every((name) => before.has(name))
}

function groupsOf(actions: readonly string[]): readonly ActionGroup[] | null {
  const groups = KINDS.map((kind) => ({
    kind,
    actions: [...new Set(actions.filter((text) => kindsOf(text)[0] === kind))].toSorted(),
  })).filter((group) => group.actions.length > 0)
  return groups.length === 0 ? null : groups
}

function kindsOf(pattern: string): readonly ResourceKind[] {
  return [...new Set(matched([pattern]).flatMap((name) => ACTIONS.get(name) ?? []))]
}

function matched(patterns: readonly string[]): readonly string[] {
  return [...ACTIONS.keys()].filter((name) => patterns.some((pattern) => matchesPattern(pattern, name)))
}

function impliedBy(names: readonly string[]): readonly string[] {
  return IMPLIED.flatMap(([named, given]) => (names.includes(named) ? [given] : []))
}

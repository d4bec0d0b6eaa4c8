import { parsePolicy, patternCovers, patternsMeet } from '@stint/policy'
import type { PolicyBody } from './resource.ts'

/** What actions can do to what is stored. Neither: they only read. */
export type Deeds = { readonly writes: boolean; readonly deletes: boolean }

/** Patterns over names without their service, in small letters. What none of these names is taken for one that writes: stores get new ones. */
const READS = ['get*', 'head*', 'list*', 'describe*']
/** To use a key is not to change it. */
const USES_KEY = ['encrypt', 'decrypt', 'generatedatakey*', 'reencrypt*']
const DELETES = ['delete*', 'forcedelete*', 'replicatedelete', 'bypass*']
const WRITES = [
  ...['put*', 'create*', 'update*', 'restore*', 'replicate*', 'abort*', 'initiate*', 'reset*', 'pause*'],
  ...['tag*', 'untag*', 'objectowneroverride*', 'allowvended*'],
]

/**
 * What texts of `Action` may name at most, in whichever store: of a pattern everything that it could match, so that
 * `s3:D*` deletes as `s3:DeleteObject` does.
 */
export function deedsOf(actions: readonly string[]): Deeds {
  const names = actions.map(nameOf)
  return { writes: names.some(writes), deletes: names.some((name) => meetsAny(name, DELETES)) }
}

/** `s3:PutObject` as `putobject`; what has no service may be of any. */
function nameOf(action: string): string {
  const at = action.indexOf(':')
  return at === -1 ? '*' : action.slice(at + 1).toLowerCase()
}

function writes(name: string): boolean {
  if ([...READS, ...USES_KEY].some((pattern) => patternCovers(pattern, name))) return false
  return meetsAny(name, WRITES) || (!/[*?]/.test(name) && !meetsAny(name, DELETES))
}

function meetsAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => patternsMeet(pattern, name))
}

/** Whether a policy allows anything that changes the store. What it denies it does not allow. */
export function policyChanges({ document }: PolicyBody): boolean {
  const parsed = parsePolicy(document)
  // What cannot be read is no policy of a configuration that stands.
  if (!parsed.ok) return true
  const allowed = parsed.value.Statement.filter(({ Effect }) => Effect === 'Allow')
  const { writes, deletes } = deedsOf(allowed.flatMap(({ Action }) => Action))
  return writes || deletes
}

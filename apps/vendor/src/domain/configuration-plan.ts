import { canonicalize } from './canonical.ts'
import { memberLines } from './difference.ts'
import type { Problem, Resource, ResourceKind, StoredResource } from './resource.ts'
import type { Sha256 } from './session-name.ts'

/** A resource as a file declares it. */
export type DeclaredResource = Pick<Resource, 'kind' | 'name' | 'body'>

export type PlannedAction = 'create' | 'change' | 'enable' | 'disable'

/** One change that an apply would make. `lines` say it in words, member by member. */
export type PlannedChange = {
  readonly kind: ResourceKind
  readonly name: string
  readonly action: PlannedAction
  /** The version that it would have. */
  readonly version: number
  readonly sha256: string
  readonly body: unknown
  readonly lines: readonly string[]
}

export type ConfigurationPlan = {
  readonly changes: readonly PlannedChange[]
  readonly problems: readonly Problem[]
  /** What the configuration would be. */
  readonly after: readonly StoredResource[]
}

/**
 * What must change so that the configuration is what the file declares: what it lacks is disabled, nothing is deleted.
 * A policy whose document changed under its number is refused, because roles pin it by that number.
 */
export function planChanges(
  current: readonly StoredResource[],
  declared: readonly DeclaredResource[],
  sha256: Sha256,
): ConfigurationPlan {
  const before = new Map(current.map((one) => [keyOf(one), one] as const))
  const wanted = new Map(declared.map((one) => [keyOf(one), one] as const))
  const changes: PlannedChange[] = []
  const problems: Problem[] = []
  for (const one of declared) {
    const old = before.get(keyOf(one))
    const change = declare(old, one, sha256)
    if (change === null) continue
    if (old !== undefined && one.kind === 'policy' && change.sha256 !== old.sha256) {
      problems.push(policyChanged(one.name))
    }
    changes.push(change)
  }
  for (const old of current) {
    if (old.state === 'disabled' || wanted.has(keyOf(old))) continue
    const lines = ['not in the file any more: it is disabled, its versions stay']
    changes.push({
      ...namesOf(old),
      action: 'disable',
      version: old.version + 1,
      sha256: old.sha256,
      body: null,
      lines,
    })
  }
  return { changes, problems, after: afterwards(current, changes) }
}

function declare(
  old: StoredResource | undefined,
  one: DeclaredResource,
  sha256: Sha256,
): PlannedChange | null {
  const body = canonicalize(one.body)
  const digest = sha256(body)
  const planned = { ...namesOf(one), version: (old?.version ?? 0) + 1, sha256: digest, body: one.body }
  if (old === undefined) return { ...planned, action: 'create', lines: [] }
  const lines = digest === old.sha256 ? [] : memberLines(old.body, one.body)
  if (lines.length > 0) return { ...planned, action: old.state === 'enabled' ? 'change' : 'enable', lines }
  return old.state === 'enabled' ? null : { ...planned, action: 'enable', lines }
}

function policyChanged(name: string): Problem {
  const [plain, version] = name.split('@')
  const message = `\`${name}\` stands already and its document differs; give the new one a new number, such as \`${plain}@${Number(version) + 1}\``
  return { severity: 'error', code: 'policy_version_changed', path: ['policies', name], message }
}

function afterwards(current: readonly StoredResource[], changes: readonly PlannedChange[]): StoredResource[] {
  const all = new Map(current.map((one) => [keyOf(one), one] as const))
  for (const { kind, name, version, action, body, sha256 } of changes) {
    const kept = all.get(keyOf({ kind, name }))?.body
    const state = action === 'disable' ? 'disabled' : 'enabled'
    // The body is of its kind: it was declared with it, or kept from it.
    all.set(keyOf({ kind, name }), {
      kind,
      name,
      version,
      state,
      body: body ?? kept,
      sha256,
    } as StoredResource)
  }
  return [...all.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** The hash over all current versions: what the audit log and the configuration file must agree on. */
export function configurationHash(resources: readonly StoredResource[], sha256: Sha256): string {
  const rows = resources
    .map(({ kind, name, version, state, sha256: digest }) => ({ kind, name, version, state, sha256: digest }))
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  return sha256(canonicalize(rows))
}

function namesOf({ kind, name }: Pick<Resource, 'kind' | 'name'>): { kind: ResourceKind; name: string } {
  return { kind, name }
}

function keyOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return `${kind}/${name}`
}

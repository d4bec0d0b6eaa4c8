import { compileSessionPolicy } from '@stint/policy'
import type { Entry, ImportOptions } from './asked.ts'
import type { PolicyDraft } from './draft-policies.ts'
import { partOf, reasonsOf } from './draft-policies.ts'
import { holdersInWords, nameInWords } from './holder-words.ts'
import { createSlugs } from './slugs.ts'
import type { Holder, StoreSnapshot } from './snapshot.ts'

/** One set of policies that somebody holds. `entry.body` is null where no role can say it. */
export type RoleDraft = { readonly entry: Entry; readonly holders: readonly Holder[] }

const MOST_POLICIES = 8

/**
 * A role for each set of policies that is held: of a user, those of its own and of its groups, as the store joins them.
 * A set of which one policy was left out makes no role, for that one may have been a Deny.
 */
export function draftRoles(
  { holders }: StoreSnapshot,
  policies: readonly PolicyDraft[],
  options: ImportOptions,
): readonly RoleDraft[] {
  const byName = new Map(policies.map((one) => [one.name, one] as const))
  const slug = createSlugs()
  return [...setsOf(holders).values()].map(({ names, held }) => {
    const known = names.map((name) => byName.get(name))
    const used = known.filter((one) => one !== undefined)
    const name = slug(...(used.length === 0 ? ['unknown'] : used.map((one) => one.slug)))
    const who = `Held by ${holdersInWords(held)}.`
    const reasons = whyNot(names, byName, used)
    const compiled = reasons.length > 0 ? null : compile(used, options)
    const leftOut = compiled === null ? reasons : compiled.reasons
    if (compiled === null || leftOut.length > 0)
      return {
        holders: held,
        entry: {
          name,
          body: null,
          comments: [
            `left out: the role of ${names.map(nameInWords).join(', ')}. ${who}`,
            ...leftOut.map((one) => `  ${one}`),
          ],
        },
      }
    return { holders: held, entry: { name, body: compiled.body, comments: [who] } }
  })
}

/** By the set, in the order of its names; holders who are disabled, or to whom nothing is attached, hold nothing. */
function setsOf(holders: readonly Holder[]) {
  const groups = new Map(
    holders.flatMap((one) =>
      one.kind === 'group' && one.enabled ? [[one.name, one.policies] as const] : [],
    ),
  )
  const sets = new Map<string, { readonly names: readonly string[]; readonly held: Holder[] }>()
  const effective = holders
    .filter(({ enabled }) => enabled)
    .map((holder) => {
      const inherited = holder.memberOf.flatMap((group) => groups.get(group) ?? [])
      return { holder, names: [...new Set([...holder.policies, ...inherited])].toSorted() }
    })
    .filter(({ names }) => names.length > 0)
    .toSorted((a, b) => compare(key(a.names), key(b.names)) || compare(idOf(a.holder), idOf(b.holder)))
  for (const { holder, names } of effective) {
    const set = sets.get(key(names)) ?? { names, held: [] }
    set.held.push(holder)
    sets.set(key(names), set)
  }
  return sets
}

function whyNot(
  names: readonly string[],
  byName: ReadonlyMap<string, PolicyDraft>,
  used: readonly PolicyDraft[],
): readonly string[] {
  if (names.length > MOST_POLICIES) return [`${names.length} policies: a role has at most ${MOST_POLICIES}`]
  const unknown = names.filter((name) => !byName.has(name)).map((name) => `${nameInWords(name)} is not there`)
  const out = used.filter(({ written }) => written === null)
  return [...unknown, ...out.map(({ name }) => `${nameInWords(name)} was left out: see there`)]
}

function compile(used: readonly PolicyDraft[], options: ImportOptions) {
  const parts = used.flatMap(({ written }) => (written === null ? [] : [partOf(written)]))
  const compiled = compileSessionPolicy({ dialect: 'minio', accept: options.accept, parts })
  if (!compiled.ok) return { body: null, reasons: reasonsOf(compiled.diagnostics) }
  const accept = [...new Set(compiled.value.findings.map(({ code }) => code))].toSorted()
  const policies = used.map(({ slug, written }) => {
    const holes = Object.entries(written?.placeholders ?? {})
    const claims = holes.map(
      ([hole, { variable }]) => [hole, { claim: [claimOf(variable, options)] }] as const,
    )
    return { use: `${slug}@1`, ...(claims.length === 0 ? {} : { with: Object.fromEntries(claims) }) }
  })
  const body = {
    target: options.target,
    policies,
    lifetime: { default: '1h', max: '1h' },
    for: options.for,
    ...(accept.length === 0 ? {} : { accept }),
  }
  return { body, reasons: [] }
}

/** A `jwt:` variable is that claim; the store's own user name stands in the claim that carries it. */
function claimOf(variable: string, { userClaim }: ImportOptions): string {
  return variable.startsWith('jwt:') ? variable.slice('jwt:'.length) : userClaim
}

function key(names: readonly string[]): string {
  return JSON.stringify(names)
}

function idOf({ kind, name }: Holder): string {
  return `${kind} ${name}`
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

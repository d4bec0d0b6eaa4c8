import type { PolicyBody, RoleBody } from '../resource.ts'
import type { ClaimPath } from '../subject.ts'

/** What the probe puts where a claim value would stand, and in front of all that it writes. */
export const MARK = 'stint-probe'
/** MinIO and most file systems take no longer segment. */
const SEGMENT_BYTES = 200

type Placeholder = PolicyBody['placeholders'][string]
type Hole = {
  readonly claim: ClaimPath
  readonly names: readonly string[]
  readonly holes: readonly Placeholder[]
}

export type RoleValues = {
  /** In the order of the claims: values that a person can read, and the longest that the role allows. */
  readonly plain: readonly string[]
  readonly longest: readonly string[]
  /** Placeholders that somebody must give a value for: nobody can guess a bucket. */
  readonly missing: readonly string[]
  /** Names that were given and are no placeholder of a claim. */
  readonly unknown: readonly string[]
}

/**
 * Values for the claims of a role: those that were given by the name of their placeholder, and for the rest the probe’s
 * own mark, once short and once as long as the role allows.
 */
export function roleValues(
  role: RoleBody,
  policies: ReadonlyMap<string, PolicyBody>,
  input: { readonly claims: readonly ClaimPath[]; readonly given: Readonly<Record<string, string>> },
): RoleValues {
  const { claims, given } = input
  const holes = claims.map((claim) => holeOf(role, policies, claim))
  const named = new Set(holes.flatMap(({ names }) => names))
  const givenTo = ({ names }: Hole) => {
    const name = names.find((one) => Object.hasOwn(given, one))
    return name === undefined ? null : (given[name] ?? null)
  }
  const isBucket = ({ holes: ones }: Hole) => ones.some(({ type }) => type === 'bucket')
  return {
    plain: holes.map((hole) => givenTo(hole) ?? MARK.slice(0, least(hole))),
    longest: holes.map((hole) => givenTo(hole) ?? longest(hole)),
    missing: holes.flatMap((hole) => (isBucket(hole) && givenTo(hole) === null ? [hole.names[0] ?? ''] : [])),
    unknown: Object.keys(given).filter((name) => !named.has(name)),
  }
}

function holeOf(role: RoleBody, policies: ReadonlyMap<string, PolicyBody>, claim: ClaimPath): Hole {
  const wanted = JSON.stringify(claim)
  const found = role.policies.flatMap(({ use, with: values }) =>
    Object.entries(values).flatMap(([name, value]) => {
      const hole = policies.get(use)?.placeholders[name]
      return hole !== undefined && 'claim' in value && JSON.stringify(value.claim) === wanted
        ? [{ name, hole }]
        : []
    }),
  )
  return { claim, names: found.map(({ name }) => name), holes: found.map(({ hole }) => hole) }
}

/** A claim in several placeholders must fit the smallest. */
function least({ holes }: Hole): number {
  return Math.min(...holes.map(({ maxBytes }) => maxBytes))
}

function longest(hole: Hole): string {
  const bytes = least(hole)
  if (bytes <= MARK.length) return MARK.slice(0, bytes)
  const text = MARK.padEnd(bytes, 'x')
  if (!hole.holes.every(({ type }) => type === 'path')) return text
  // A path has segments, and no store takes one of a thousand bytes; it never ends with a slash.
  return [...text]
    .map((sign, at) => (at % SEGMENT_BYTES === SEGMENT_BYTES - 1 && at < bytes - 1 ? '/' : sign))
    .join('')
}

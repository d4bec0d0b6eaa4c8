import type { SubjectFacts } from './audit-event.ts'
import type { ClaimPath, Claims, ClaimValue } from './subject.ts'

/** The claims of a token as far as they were recorded: all that a mapping or role of its issuer named. */
export function nestedClaims(recorded: SubjectFacts['claims']): Claims {
  const claims: Nested = new Map()
  for (const { path, value } of recorded) put(claims, path, value)
  return plain(claims)
}

/** A map and no object, because a claim may be called `__proto__`. */
type Nested = Map<string, ClaimValue | Nested>

function put(into: Nested, [step = '', ...rest]: ClaimPath, value: ClaimValue): void {
  if (rest.length === 0) {
    // A whole claim says more than one of its members, whichever comes first.
    into.set(step, value)
    return
  }
  const known = into.get(step)
  if (known !== undefined && !(known instanceof Map)) return
  const inner: Nested = known ?? new Map()
  into.set(step, inner)
  put(inner, rest, value)
}

function plain(nested: Nested): Claims {
  const entries = [...nested].map(
    ([name, value]) => [name, value instanceof Map ? plain(value) : value] as const,
  )
  return Object.fromEntries(entries)
}

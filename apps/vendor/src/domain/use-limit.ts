import type { Mapping } from './mapping.ts'
import type { Subject } from './subject.ts'

/**
 * What one session uses up of a mapping's limits. It is used up by the intent and never given back, whatever the store
 * answers: a limit that a failing store gives back is one that a caller can make it give back.
 */
export type Use =
  /** The token, once. `until`: the instant from which it is refused as expired, ISO 8601 UTC. */
  | { readonly of: 'token'; readonly mapping: string; readonly until: string }
  /** One of `most` uses. */
  | { readonly of: 'mapping'; readonly mapping: string; readonly most: number }

/** Which limit an intent met, as the code of its refusal. */
export type MetLimit = 'replayed' | 'uses_exhausted'

/**
 * The uses of a session that these mappings admit together: of each the limits count. null where a mapping takes each
 * token once and this one has no `jti` to know it by.
 */
export function usesOf(
  matches: readonly Mapping[],
  subject: Subject,
  leewaySeconds: number,
): readonly Use[] | null {
  if (matches.every(({ singleUse, maxUses }) => !singleUse && maxUses === null)) return NO_USES
  if (subject.token.jti === null && matches.some(({ singleUse }) => singleUse)) return null
  const until = new Date((subject.expiresAtSeconds + leewaySeconds) * 1000).toISOString()
  return matches.flatMap(({ name, singleUse, maxUses }): Use[] => [
    ...(singleUse ? [{ of: 'token', mapping: name, until } as const] : []),
    ...(maxUses === null ? [] : [{ of: 'mapping', mapping: name, most: maxUses } as const]),
  ])
}

const NO_USES: readonly Use[] = []

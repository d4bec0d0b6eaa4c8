import type { MetLimit, Use } from '../domain/use-limit.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import type { Spending } from './row.ts'

/** A used token is remembered for this long after it expired, for a clock that is set back. */
const REMEMBERED_MS = 86_400_000
/** Forgotten in small helpings, so that no commit has to pay for a busy day. */
const FORGOTTEN_AT_ONCE = 8

const FORGET = `DELETE FROM used_token WHERE (mapping, issuer, jti) IN
  (SELECT mapping, issuer, jti FROM used_token WHERE until_ms < ? LIMIT ${FORGOTTEN_AT_ONCE})`
const COUNT = `INSERT INTO mapping_use VALUES (?, 1) ON CONFLICT (mapping) DO UPDATE SET uses = uses + 1`

/**
 * Uses up what an intent uses up, all of it or nothing, inside the transaction under way: null, or the limit that was
 * met. The one writer runs one transaction after another, so of two exchanges the second sees what the first used.
 */
export function createSpender(
  connection: Connection,
): (spending: Spending, nowMs: number) => MetLimit | null {
  const tokenUsed = connection.prepare(
    'SELECT 1 FROM used_token WHERE mapping = ? AND issuer = ? AND jti = ?',
  )
  const useToken = connection.prepare('INSERT INTO used_token VALUES (?, ?, ?, ?)')
  const usesOf = connection.prepare<[string], { uses: number }>(
    'SELECT uses FROM mapping_use WHERE mapping = ?',
  )
  const count = connection.prepare(COUNT)
  const forget = connection.prepare(FORGET)

  function limitMet(use: Use, { issuer, jti }: Spending): MetLimit | null {
    if (use.of === 'token') return tokenUsed.get(use.mapping, issuer, jti) === undefined ? null : 'replayed'
    return (usesOf.get(use.mapping)?.uses ?? 0) < use.most ? null : 'uses_exhausted'
  }

  return (spending, nowMs) => {
    const { uses, issuer, jti } = spending
    for (const use of uses) {
      const met = limitMet(use, spending)
      if (met !== null) return met
    }
    for (const use of uses) {
      if (use.of === 'mapping') count.run(use.mapping)
      else useToken.run(use.mapping, issuer, jti, Date.parse(use.until))
    }
    forget.run(nowMs - REMEMBERED_MS)
    return null
  }
}

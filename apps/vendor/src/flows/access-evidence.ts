import type { Access, AccessUse } from '../domain/detect/evidence.ts'
import { VendorError } from '../errors.ts'
import type { AccessReader } from '../ports/access.ts'

const DAY_MS = 86_400_000
/** Of so many days: what detectors say of lifetimes. */
const LIFETIME_DAYS = 90

/**
 * What stores told, as detectors look at it; null where the file of accesses cannot be read now: then nothing is said of it, and
 * the other detectors say theirs.
 */
export async function accessEvidence(
  reader: AccessReader,
  { nowMs, days }: { readonly nowMs: number; readonly days: number },
): Promise<Access | null> {
  try {
    const exercised = await reader.exercisedRoles(days)
    const roles = [...exercised].map(([name, { told, calls, actions, places }]): [string, AccessUse] => [
      name,
      {
        // Of what was before the days that were asked for, nothing is said.
        sinceMs: Math.max(told.sinceMs, nowMs - days * DAY_MS),
        calls,
        neverActions: actions.never,
        neverPlaces: places.never,
      },
    ])
    return { roles: new Map(roles), usedSeconds: await reader.usedSeconds(LIFETIME_DAYS) }
  } catch (thrown) {
    if (thrown instanceof VendorError) return null
    throw thrown
  }
}

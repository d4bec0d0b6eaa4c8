import type { Actor } from '../domain/audit-event.ts'
import type { Revocation } from '../domain/revocation.ts'
import { VendorError } from '../errors.ts'
import type { RevocationId } from '../ids.ts'
import type { RevokeBy, RevokeFlow } from './revoke.ts'

/**
 * Lifts a lock: something is given again that was not, so where two persons are required it is somebody other than who
 * set it. Throws `not_found`, `approval_same_person`.
 */
export async function liftLock(
  deps: {
    readonly revocations: Pick<RevokeFlow, 'lift' | 'standing'>
    readonly samePerson: (one: Actor, other: Actor) => boolean
    readonly twoPersons: boolean
  },
  id: RevocationId,
  by: RevokeBy,
): Promise<Revocation> {
  const lock = (await deps.revocations.standing()).find((one) => one.id === id)
  if (lock === undefined) throw new VendorError('not_found')
  if (deps.twoPersons && deps.samePerson(lock.by, by.actor)) throw new VendorError('approval_same_person')
  return deps.revocations.lift(id, by)
}

import { canonicalize } from '../canonical.ts'
import type { Configuration } from '../configuration.ts'
import { isSameStore, storeOf } from '../probe/sheet.ts'
import type { TargetBody } from '../resource.ts'
import type { Role } from '../role.ts'

/** What a changed target means for sessions of a role of the same name. */
export type StoreChange =
  | 'same'
  /** They are of another store, or of another identity there. */
  | 'elsewhere'
  /** The same, and the role rests on what a probe showed of the store that was: nothing is given before the next one. */
  | 'unproved'

/** What a target's body does to the sessions of two roles, one of what stands and one of the draft. */
export function createStoreChanges({
  present,
  draft,
}: {
  readonly present: Configuration
  readonly draft: Configuration
}): (stood: Role, drafted: Role) => StoreChange {
  const known = new Map<string, StoreChange>()

  function changeOf(stood: Role, drafted: Role): StoreChange {
    const [was, now] = [present.targets.get(stood.target.name), draft.targets.get(drafted.target.name)]
    if (was === undefined || now === undefined) return 'elsewhere'
    const isSame = was.name === now.name && (was === now || sessionsOf(was.body) === sessionsOf(now.body))
    if (drafted.restsOnProbe.length > 0 && !isSameStore(storeOf(was.body), storeOf(now.body)))
      return 'unproved'
    return isSame ? 'same' : 'elsewhere'
  }

  return (stood, drafted) => {
    // A role has one target.
    const place = `${stood.name} ${drafted.name}`
    const found = known.get(place)
    if (found !== undefined) return found
    const made = changeOf(stood, drafted)
    known.set(place, made)
    return made
  }
}

/**
 * What credentials are of, as text: everything that the target says but how it is reached, watched, probed and bounded, who
 * ends sessions there, and what was accepted. What a role may ask at most is held against it at save. A member that comes
 * later counts.
 */
function sessionsOf(body: TargetBody): string {
  const {
    allowPrivateAddresses: _addresses,
    subjectBudget: _budget,
    accept: _accept,
    probe: _probe,
    ...more
  } = body
  const { intake: _intake, reconcile: _reconcile, admin: _admin, iamEndpoint: _iam, ...rest } = more
  const { maxSessionSeconds: _most, ...sessions } = rest
  return canonicalize(sessions)
}

import type { Actor } from '../domain/audit-event.ts'
import type { ErasedPerson } from '../domain/log-event.ts'
import type { Person } from '../domain/personal/person.ts'
import type { RequestId } from '../ids.ts'

/** Personal members of the log: commitments in the events, their clear text beside it, erasable. */
export type PersonalLog = {
  /**
   * Changes whenever an intent or a revocation of that person goes to the log: nothing that rests on the person came
   * between two looks with the same answer.
   */
  mark(of: Person): number
  /** The clear text of a commitment; null where it is erased, or none of ours. Throws `audit_unavailable`. */
  clear(text: string): Promise<string | null>
  /**
   * Erases what is kept of that person, in the transaction of `log.erased`; from the answer on no file of the log has it,
   * unless `wiped` says that a reader still holds up the write-ahead log. `values: 0`: nothing is kept, and nothing was
   * written. null: the mark has changed, so that whatever was looked up before has to be looked up again. Throws
   * `audit_unavailable`, and then everything is kept.
   */
  erase(of: Person, as: ErasureRecord, mark: number): Promise<Erased | null>
  /** Tries again to take out of the write-ahead log what was erased. Throws `audit_unavailable`. */
  wipe(): Promise<boolean>
}

export type ErasureRecord = {
  readonly of: ErasedPerson
  readonly actor: Actor
  readonly request: RequestId
  readonly reason: string
}

export type Erased = {
  /** Commitments that nobody can read any more. */
  readonly values: number
  /** Those of the `sub`: by these the events of the person are found. */
  readonly subs: readonly string[]
  readonly wiped: boolean
}

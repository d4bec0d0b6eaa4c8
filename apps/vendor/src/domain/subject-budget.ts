import type { SubjectBudget } from './resource.ts'
import type { Subject } from './subject.ts'
import { createBuckets } from './token-bucket.ts'

/** What each subject has left towards each store, so that a client in a loop never reaches the store. */
export type SubjectBudgets = {
  /**
   * Takes one session and answers 0, or answers in how many seconds there will be one again, at least 1. `nowMs` is
   * monotonic.
   */
  take(
    of: {
      readonly subject: Pick<Subject, 'iss' | 'sub'>
      readonly target: string
      readonly budget: SubjectBudget
    },
    nowMs: number,
  ): number
}

/** Only verified subjects get an account at all. */
const MAX_ACCOUNTS = 100_000

/** Makes an empty set of accounts. */
export function createSubjectBudgets(maxAccounts = MAX_ACCOUNTS): SubjectBudgets {
  const buckets = createBuckets(maxAccounts)
  return {
    take({ subject, target, budget }, nowMs) {
      const size = { atOnce: budget.sessions, perSeconds: budget.perSeconds }
      return buckets.take(JSON.stringify([target, subject.iss, subject.sub]), size, nowMs)
    },
  }
}

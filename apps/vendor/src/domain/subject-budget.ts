import type { SubjectBudget } from './resource.ts'
import type { Subject } from './subject.ts'

/**
 * What each subject has left towards each store: so many sessions at once, and as many again in each stretch of time,
 * so that a client in a loop never reaches the store. In memory: it bounds load and grants nothing, so a restart may
 * forget it. Pure but for its own map; no clock.
 */
export type SubjectBudgets = {
  /**
   * Takes one session and answers 0, or answers in how many seconds there will be one again, at least 1. `nowMs` is
   * monotonic.
   */
  take(
    of: { readonly subject: Subject; readonly target: string; readonly budget: SubjectBudget },
    nowMs: number,
  ): number
}

type Account = { left: number; atMs: number }

const MAX_ACCOUNTS = 100_000

/** Makes an empty set of accounts. */
export function createSubjectBudgets(maxAccounts = MAX_ACCOUNTS): SubjectBudgets {
  const accounts = new Map<string, Account>()
  return {
    take({ subject, target, budget }, nowMs) {
      const key = JSON.stringify([target, subject.iss, subject.sub])
      const { sessions, perSeconds } = budget
      const before = accounts.get(key) ?? { left: sessions, atMs: nowMs }
      const perMs = sessions / (perSeconds * 1000)
      const left = Math.min(sessions, before.left + (nowMs - before.atMs) * perMs)
      // Taken out and put in anew, so that the map stands in the order of last use.
      accounts.delete(key)
      if (accounts.size >= maxAccounts) forgetOldest(accounts)
      const enough = left >= 1
      accounts.set(key, { left: enough ? left - 1 : left, atMs: nowMs })
      return enough ? 0 : Math.max(1, Math.ceil((1 - left) / perMs / 1000))
    },
  }
}

/** Who was not seen for longest has most of a budget again; only verified subjects get an account at all. */
function forgetOldest(accounts: Map<string, Account>): void {
  const [oldest] = accounts.keys()
  if (oldest !== undefined) accounts.delete(oldest)
}

import type { GhostFacts } from '../domain/access/ghost.ts'
import type { AuditLog, Clock, Logger } from '../ports.ts'

export type GhostReports = {
  /** Records that a ghost was seen, once for each session and reason. Throws `audit_unavailable`. */
  report(facts: GhostFacts): Promise<void>
  /** Records how many more there were in hours that are over. */
  closeOver(): Promise<void>
  /** Records how many more there were. */
  flush(): Promise<void>
}

/** One by one in an hour at one target: who holds a stolen key can mint five hundred a second. */
const MOST_AN_HOUR = 60
const HOUR_MS = 3_600_000

/** Of so many beyond those it is known which they were, so that one that goes on is counted once. */
const MOST_KNOWN = 10_000

type Window = { readonly sinceMs: number; told: number; more: number; readonly known: Set<string> }

/** Writes ghosts into the log: the first of an hour one by one, the rest as a number, so that nobody fills it. */
export function createGhostReports(deps: {
  readonly clock: Clock
  readonly audit: Pick<AuditLog, 'append'> & { readonly ghosts: Pick<AuditLog['ghosts'], 'has'> }
  readonly log: Logger
  readonly onGhost?: (target: string) => void
}): GhostReports {
  const windows = new Map<string, Window>()

  async function close(target: string): Promise<void> {
    const window = windows.get(target)
    windows.delete(target)
    if (window === undefined || window.more === 0) return
    const [since, until] = [new Date(window.sinceMs), new Date(deps.clock.nowMs())].map((at) =>
      at.toISOString(),
    )
    await deps.audit.append({
      type: 'ghost.more',
      target,
      since: since ?? '',
      until: until ?? '',
      count: window.more,
    })
  }

  return {
    async report(facts) {
      if (deps.audit.ghosts.has(facts)) return
      const { target, reason } = facts
      const nowMs = deps.clock.nowMs()
      const known = windows.get(target)
      if (known !== undefined && Math.abs(nowMs - known.sinceMs) >= HOUR_MS) await close(target)
      const window = windows.get(target) ?? { sinceMs: nowMs, told: 0, more: 0, known: new Set() }
      windows.set(target, window)
      if (window.told >= MOST_AN_HOUR) {
        if (isNew(window, `${facts.accessKeyId} ${reason}`)) {
          window.more += 1
          deps.onGhost?.(target)
        }
        return
      }
      deps.onGhost?.(target)
      await deps.audit.append({ type: 'ghost.seen', ...facts })
      window.told += 1
      deps.log.warn('ghost.seen', { target, reason, accessKeyId: facts.accessKeyId })
    },
    async closeOver() {
      const nowMs = deps.clock.nowMs()
      for (const [target, { sinceMs }] of [...windows])
        if (Math.abs(nowMs - sinceMs) >= HOUR_MS) await close(target)
    },
    async flush() {
      for (const target of [...windows.keys()]) await close(target)
    },
  }
}

/** A session that goes on is judged every two seconds: it is one ghost, however often it is used. */
function isNew({ known }: Window, ghost: string): boolean {
  if (known.has(ghost)) return false
  if (known.size < MOST_KNOWN) known.add(ghost)
  return true
}

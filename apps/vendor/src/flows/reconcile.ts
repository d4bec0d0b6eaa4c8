import type { TargetBody } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { AccessStore, Listing } from '../ports/access.ts'
import type { Clock, Logger, Timers } from '../ports.ts'
import type { Secret } from '../secret.ts'
import type { GhostWatch } from './ghost-watch.ts'

export type ReconcileDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly targets: () => readonly { readonly name: string; readonly body: TargetBody }[]
  readonly access: Pick<AccessStore, 'list'>
  readonly watch: Pick<GhostWatch, 'listed'>
  /** Throws `secret_unusable`. */
  readonly secret: (name: string) => Secret<string>
  readonly log: Logger
}

/** How the asking of one store stands. */
export type Reconciled = {
  readonly target: string
  /** The last whole one; null: none in this process. */
  readonly okMs: number | null
  readonly sessions: number
  /** Why the newest failed; null: it did not. */
  readonly failed: string | null
}

export type Reconcile = {
  /** Looks again at what is due: at start, and when a configuration stands that did not. */
  wake(): void
  /** Asks one store now, and resolves when its sessions are judged; null: the target is not asked. */
  run(target: string): Promise<Reconciled | null>
  standing(): readonly Reconciled[]
  stop(): Promise<void>
}

const FIRST_LOOK_MS = 5_000
const HOLD_MS = 60_000
/** No timer waits longer, so that a clock that was set is noticed. */
const MOST_WAIT_MS = 3_600_000

/** Asks stores for their own lists of sessions, one at a time, each as often as its target says. */
export function createReconcile(deps: ReconcileDeps): Reconcile {
  const states = new Map<string, Reconciled & { readonly triedMs: number }>()
  let cancel: () => void = () => undefined
  let running: Promise<void> = Promise.resolve()
  let isStopped = false

  const asked = () =>
    deps
      .targets()
      .flatMap(({ name, body }) =>
        body.reconcile === undefined ? [] : [{ name, body, reconcile: body.reconcile }],
      )

  function dueMs(name: string, everySeconds: number): number {
    const state = states.get(name)
    if (state === undefined) return 0
    return (
      state.triedMs + (state.failed === null ? everySeconds * 1000 : Math.min(HOLD_MS, everySeconds * 1000))
    )
  }

  function arm(leastMs: number): void {
    cancel()
    if (isStopped) return
    const due = asked().map(({ name, reconcile }) => dueMs(name, reconcile.everySeconds))
    const waitMs = due.length === 0 ? MOST_WAIT_MS : Math.min(...due) - deps.clock.monotonicMs()
    cancel = deps.timers.after(Math.min(Math.max(waitMs, leastMs), MOST_WAIT_MS), () => {
      running = look()
        .catch((thrown: unknown) => deps.log.error('reconcile.not_judged', { reason: String(thrown) }))
        .finally(() => arm(FIRST_LOOK_MS))
    })
  }

  async function look(): Promise<void> {
    for (const { name, reconcile } of asked())
      if (!isStopped && dueMs(name, reconcile.everySeconds) <= deps.clock.monotonicMs()) await run(name)
  }

  async function run(name: string): Promise<Reconciled | null> {
    const target = asked().find((one) => one.name === name)
    if (target === undefined) return null
    const before = states.get(name)
    const listedMs = deps.clock.nowMs()
    const listing = await list(target)
    const triedMs = deps.clock.monotonicMs()
    const state = listing.ok
      ? { target: name, okMs: listedMs, sessions: listing.sessions.length, failed: null, triedMs }
      : {
          target: name,
          okMs: before?.okMs ?? null,
          sessions: before?.sessions ?? 0,
          failed: listing.code,
          triedMs,
        }
    if (!listing.ok && before?.failed !== listing.code)
      deps.log.warn('reconcile.failed', { target: name, code: listing.code })
    states.set(name, state)
    if (listing.ok) await deps.watch.listed(name, listing.sessions, listedMs)
    return state
  }

  async function list({ body, reconcile: { user } }: ReturnType<typeof asked>[number]): Promise<Listing> {
    try {
      const { endpoint, allowPrivateAddresses } = body
      const secret = deps.secret(user.secret)
      return await deps.access.list({
        endpoint,
        allowPrivateAddresses,
        accessKeyId: user.accessKeyId,
        secret,
      })
    } catch (thrown) {
      return { ok: false, code: thrown instanceof VendorError ? thrown.code : 'internal_error' }
    }
  }

  return {
    wake: () => arm(FIRST_LOOK_MS),
    run,
    standing() {
      const names = new Set(asked().map(({ name }) => name))
      return [...states.values()].filter(({ target }) => names.has(target))
    },
    async stop() {
      isStopped = true
      cancel()
      await running
    },
  }
}

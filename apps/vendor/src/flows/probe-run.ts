import type { Actor, Pin } from '../domain/audit-event.ts'
import type { Judged, StepAnswer } from '../domain/probe/answer.ts'
import { judge } from '../domain/probe/answer.ts'
import type { ProbedStore, ProbeTrigger, Sheet, SheetTry, StoreIdentity } from '../domain/probe/sheet.ts'
import type { Need, ProbeScope, ProbeTry } from '../domain/probe/try.ts'
import { NEEDS } from '../domain/probe/try.ts'
import type { ProbeId, RequestId } from '../ids.ts'
import type { CredentialTarget, Mint, ProbeStore, Timers } from '../ports.ts'
import type { ProbeSessionsDeps } from './probe-sessions.ts'
import { createProbeLedger } from './probe-sessions.ts'
import { takeSteps } from './probe-steps.ts'

export type ProbeRunDeps = ProbeSessionsDeps & {
  readonly timers: Timers
}

/** One probe, planned: everything that it will try, and where. */
export type ProbePlan = {
  readonly probe: ProbeId
  readonly target: CredentialTarget
  readonly store: ProbeStore
  readonly of: { readonly target: Pin; readonly role: Pin | null; readonly store: ProbedStore }
  readonly trigger: ProbeTrigger
  readonly actor: Actor | null
  readonly request: RequestId | null
  readonly tries: readonly ProbeTry[]
  readonly scope: ProbeScope
  /** What is not there, and why that matters to the tries that need it. */
  readonly absent: ReadonlySet<Need>
  /** Whether to stop: asked before every try. */
  readonly isStopped: () => boolean
}

/** A store that is slow at every step has this long; what is left then is not tried. */
const MOST_MS = 90_000
/** After so many tries without any answer the store is not there. */
const MOST_SILENT = 3

/**
 * Tries everything of a plan at the real store, one after another. Each session has its intent on disk before it is
 * minted and is ended when its try is over, with proof; each object is the probe’s own and deleted again. The sheet is
 * in the log when this resolves. Throws `audit_unavailable`; what was minted is ended then, too, by this process or by
 * the next one.
 */
export async function runProbe(deps: ProbeRunDeps, plan: ProbePlan): Promise<Sheet> {
  const { probe, trigger, actor, request, of } = plan
  const began = iso(deps.clock.nowMs())
  await deps.audit.append({
    type: 'probe.begun',
    probe,
    ...of,
    trigger,
    actor,
    request,
  })
  const ledger = createProbeLedger(deps, plan)
  const left = new Set<string>()
  let refusal: Extract<Mint, { ok: false }> | null = null
  const onRefusal = (mint: Extract<Mint, { ok: false }>) => {
    refusal ??= mint
  }
  const looked = await plan.store.look()
  const { store, scope, isStopped } = plan
  const steps = { ...deps, store, ledger, scope, left, onRefusal, isStopped }
  let tried: Tried
  try {
    tried = await tryAll(deps, plan, async (one) => {
      try {
        return await takeSteps(steps, one)
      } finally {
        await ledger.endAll()
      }
    })
  } finally {
    // Whatever happened, nothing of it stays behind.
    await ledger.endAll()
  }
  const sessions = ledger.tally()
  // Set in a callback, which the compiler does not follow.
  const first = refusal as Extract<Mint, { ok: false }> | null
  const failed = sessions.minted === 0
  const sheet: Sheet = {
    probe,
    ...of,
    trigger,
    actor,
    began,
    ended: iso(deps.clock.nowMs()),
    outcome: tried.isCut ? 'cut' : failed ? 'failed' : 'completed',
    code: failed ? (first?.code ?? 'target_unavailable') : null,
    identity: looked === null ? null : identityOf(looked.server, tried.tries),
    tries: failed ? [] : tried.tries,
    sessions,
    left: [...left].toSorted(),
  }
  await deps.audit.append({ type: 'probe.finished', ...sheet })
  return sheet
}

type Tried = { readonly tries: readonly SheetTry[]; readonly isCut: boolean }

async function tryAll(
  deps: ProbeRunDeps,
  plan: ProbePlan,
  take: (one: ProbeTry) => Promise<readonly StepAnswer[]>,
): Promise<Tried> {
  const untilMs = deps.clock.monotonicMs() + MOST_MS
  const absent = new Set(plan.absent)
  const tries: SheetTry[] = []
  let silent = 0
  for (const one of plan.tries) {
    const { clock } = deps
    const why = plan.isStopped()
      ? STOPPED
      : silent >= MOST_SILENT
        ? 'the store does not answer'
        : clock.monotonicMs() >= untilMs
          ? 'the probe ran out of time'
          : whyNot(one, absent)
    if (why !== null) {
      tries.push(notTried(one, why))
      continue
    }
    const startedMs = clock.monotonicMs()
    const answers = await take(one)
    const judged = judge(one.steps, answers)
    silent = answers.some(({ meaning }) => meaning === 'unanswered') ? silent + 1 : 0
    if (one.gives !== undefined && judged.verdict === 'holds') absent.delete(one.gives)
    tries.push(sheetTry(one, judged, { answers, ms: Math.round(clock.monotonicMs() - startedMs) }))
  }
  return { tries, isCut: tries.some(({ reason }) => reason === STOPPED) }
}

const STOPPED = 'the process is stopping, or the target is locked'

function whyNot({ untried, needs }: ProbeTry, absent: ReadonlySet<Need>): string | null {
  if (untried !== undefined) return untried
  const lacking = needs.find((need) => absent.has(need))
  return lacking === undefined ? null : NEEDS[lacking]
}

function notTried(one: ProbeTry, reason: string): SheetTry {
  return sheetTry(one, { verdict: 'not_tried', reason }, { answers: [], ms: 0 })
}

function sheetTry(
  { id, group, title, expected, bears, steps }: ProbeTry,
  judged: Judged,
  { answers, ms }: { readonly answers: readonly StepAnswer[]; readonly ms: number },
): SheetTry {
  const told = answers.flatMap((answer, at) => {
    const step = steps[at]
    return step === undefined ? [] : [{ says: step.says, is: step.is, expect: step.expect, ...answer }]
  })
  return { id, group, title, expected, bears, ...judged, steps: told, ms }
}

/** A store says little of its version to who does not administer it; how it reads policies says more. */
function identityOf(server: string | null, tries: readonly SheetTry[]): StoreIdentity {
  const reads = tries.flatMap(({ id, group, verdict }) =>
    (group === 'language' || group === 'forged') && verdict !== 'not_tried' ? [[id, verdict] as const] : [],
  )
  return { server, reads: Object.fromEntries(reads) }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

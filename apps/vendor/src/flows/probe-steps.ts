import type { StepAnswer } from '../domain/probe/answer.ts'
import { goesOn, meaningOf } from '../domain/probe/answer.ts'
import type { ProbeScope, ProbeStep, ProbeTry } from '../domain/probe/try.ts'
import { policyText } from '../domain/probe/try.ts'
import type { Clock, Mint, ProbeStore, Timers } from '../ports.ts'
import type { ProbeLedger, ProbeSession } from './probe-sessions.ts'
import { mintMeaning } from './probe-sessions.ts'

export type StepsDeps = {
  readonly clock: Clock
  readonly timers: Timers
  readonly store: ProbeStore
  readonly ledger: ProbeLedger
  readonly scope: ProbeScope
  /** Objects that the probe wrote and did not delete again. */
  readonly left: Set<string>
  /** Why no session was given, the first time that it was not. */
  readonly isStopped: () => boolean
  readonly onRefusal: (mint: Extract<Mint, { ok: false }>) => void
}

const POLL_MS = 250

/** Takes the steps of one try in turn, as long as they tell something. */
export async function takeSteps(deps: StepsDeps, { id, steps }: ProbeTry): Promise<readonly StepAnswer[]> {
  const sessions = new Map<string, ProbeSession>()
  const answers: StepAnswer[] = []
  for (const step of steps) {
    const startedMs = deps.clock.monotonicMs()
    const said = await take(deps, step, { id, sessions })
    const answer = { ...said, ms: Math.round(deps.clock.monotonicMs() - startedMs) }
    answers.push(answer)
    if (!goesOn(step, answer)) break
  }
  return answers
}

type Said = Omit<StepAnswer, 'ms'>
type Within = { readonly id: string; readonly sessions: Map<string, ProbeSession> }

async function take(deps: StepsDeps, step: ProbeStep, { id, sessions }: Within): Promise<Said> {
  if (step.do === 'mint') {
    const shared = step.sameSubjectAs === undefined ? undefined : sessions.get(step.sameSubjectAs)?.sub
    const { session, mint } = await deps.ledger.mint({
      try: id,
      policy(sub) {
        return policyText(step.policy(deps.scope, sub))
      },
      lifetimeSeconds: step.lifetimeSeconds,
      ...(shared === undefined ? {} : { sub: shared }),
    })
    if (session !== null) sessions.set(step.session, session)
    if (!mint.ok) deps.onRefusal(mint)
    return mintMeaning(mint)
  }
  const session = sessions.get(step.session)
  if (session === undefined) return { meaning: 'unclear', status: null, code: null }
  switch (step.do) {
    case 'send':
      return send(deps, step, session)
    case 'touch':
      return touched(deps, session)
    case 'expiration':
      return { meaning: endsInTime(deps.clock, session) ? 'allowed' : 'refused', status: null, code: null }
    case 'outlive':
      return outlived(deps, session, step.marginSeconds)
  }
}

async function send(
  deps: StepsDeps,
  step: Extract<ProbeStep, { do: 'send' }>,
  session: ProbeSession,
): Promise<Said> {
  const request = step.request(deps.scope, session.sub)
  const answer = await deps.store.send(session.minted, request)
  if (!answer.answered) return { meaning: 'unanswered', status: null, code: null }
  const { status, code } = answer
  const meaning = meaningOf(status, code)
  if (meaning === 'allowed' && request.method === 'PUT') deps.left.add(request.path)
  if (meaning === 'allowed' && request.method === 'DELETE') deps.left.delete(request.path)
  return { meaning, status, code }
}

async function touched(deps: StepsDeps, { minted }: ProbeSession): Promise<Said> {
  const found = await deps.store.touch(minted.accessKeyId)
  if (found === null) return { meaning: 'unclear', status: null, code: null }
  return { meaning: found === 'alive' ? 'allowed' : 'gone', status: null, code: null }
}

/** The same judgement as that of an exchange: over before it is used, or later than asked, is wrong. */
function endsInTime(clock: Clock, { minted, latestMs }: ProbeSession): boolean {
  return minted.expiresMs > clock.nowMs() && minted.expiresMs <= latestMs
}

async function outlived(deps: StepsDeps, session: ProbeSession, marginSeconds: number): Promise<Said> {
  const untilMs = session.minted.expiresMs + marginSeconds * 1000
  while (deps.clock.nowMs() < session.minted.expiresMs && !deps.isStopped())
    await pause(deps.timers, Math.min(POLL_MS, session.minted.expiresMs - deps.clock.nowMs()))
  for (;;) {
    const said = await touched(deps, session)
    if (said.meaning === 'gone' || deps.clock.nowMs() >= untilMs || deps.isStopped()) return said
    await pause(deps.timers, POLL_MS)
  }
}

function pause(timers: Timers, ms: number): Promise<void> {
  return new Promise((resolve) => void timers.after(ms, resolve))
}

import type { Meaning, ProbeStep } from './try.ts'

/** What the store said to one step; never its text, and no secret of a session. */
export type StepAnswer = {
  readonly meaning: Meaning
  readonly status: number | null
  /** The code of an S3 or STS error. */
  readonly code: string | null
  readonly ms: number
}

/** Codes of a session that is no more; no other way of being refused proves that. */
const GONE = new Set(['InvalidAccessKeyId', 'ExpiredToken'])
const REFUSED = new Set(['AccessDenied', 'AllAccessDisabled'])
/** What comes after the question whether the caller may: the answer is about the object, and so he may. */
const PAST_THE_GUARD = new Set([
  'NoSuchKey',
  'NoSuchVersion',
  'InvalidRange',
  'PreconditionFailed',
  'NotModified',
])

/**
 * What an S3 answer means for the caller. A refusal counts only by its code: a request that is signed wrongly is refused,
 * too, and would make every store look safe.
 */
export function meaningOf(status: number, code: string | null): Meaning {
  if (status >= 200 && status < 300) return 'allowed'
  if (code !== null && GONE.has(code)) return 'gone'
  if (code === 'NoSuchBucket') return 'missing'
  if (code !== null && PAST_THE_GUARD.has(code)) return 'allowed'
  return status === 403 && code !== null && REFUSED.has(code) ? 'refused' : 'unclear'
}

export type Verdict = 'holds' | 'fails' | 'not_tried'

/** What one try came to; `reason` says why it tells nothing. */
export type Judged = { readonly verdict: Verdict; readonly reason: string | null }

/** Whether a step turned out as expected, or otherwise, or in a way that tells nothing. */
function outcome({ expect }: ProbeStep, { meaning }: StepAnswer): 'as_expected' | 'otherwise' | 'nothing' {
  if (meaning === 'unclear' || meaning === 'unanswered') return 'nothing'
  // Only who may look is told that a bucket is missing; but whoever should find it there has found out nothing.
  if (meaning === 'missing') return expect === 'allowed' ? 'nothing' : 'otherwise'
  if (meaning === expect) return 'as_expected'
  // A session that is gone when it should live and be refused was refused by nobody.
  return meaning === 'gone' && expect === 'refused' ? 'nothing' : 'otherwise'
}

/** Whether the try goes on after this step: what comes after a control that failed tells nothing. */
export function goesOn(step: ProbeStep, answer: StepAnswer): boolean {
  if (outcome(step, answer) === 'as_expected') return true
  // A session that was not given cannot ask; any other claim may fail, and the rest is still worth knowing.
  return step.is === 'claim' && step.do !== 'mint' && answer.meaning !== 'unanswered'
}

/**
 * Judges a try by its steps as far as it came. One claim that failed is enough: nothing comes after a control that did.
 * What tells nothing proves nothing.
 */
export function judge(steps: readonly ProbeStep[], answers: readonly StepAnswer[]): Judged {
  const seen = answers.flatMap((answer, at) => {
    const step = steps[at]
    return step === undefined ? [] : [{ step, answer, came: outcome(step, answer) }]
  })
  if (seen.some(({ step, came }) => step.is === 'claim' && came === 'otherwise'))
    return { verdict: 'fails', reason: null }
  const nothing = seen.find(({ came }) => came !== 'as_expected')
  if (nothing !== undefined) return { verdict: 'not_tried', reason: whyNothing(nothing.step, nothing.answer) }
  if (seen.length < steps.length) return { verdict: 'not_tried', reason: 'it was cut short' }
  return { verdict: 'holds', reason: null }
}

function whyNothing({ says }: ProbeStep, { meaning, status, code }: StepAnswer): string {
  if (meaning === 'unanswered') return `${says}: no answer`
  if (meaning === 'missing') return `${says}: there is no such bucket`
  return `${says}: ${meaning} (${[status, code].filter((one) => one !== null).join(' ')})`
}

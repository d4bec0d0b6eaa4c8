import { periodOf } from '../domain/review/period.ts'
import { lastQuarter } from '../domain/review/quarter.ts'
import type { Review } from '../domain/review/review.ts'
import { refusalSaid } from './arguments.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { ReviewAsk } from './review-ask.ts'
import { postReview } from './review-client.ts'
import { reviewLines } from './review-words.ts'

const DAY_MS = 86_400_000
const USUAL_DAYS = 21

/** `stint review draft`: of the last calendar quarter where nothing is said. The server says what is wrong with it. */
export async function draftReview(ask: ReviewAsk): Promise<ExitCode> {
  const { flags, io } = ask
  const nowMs = io.now().getTime()
  const quarter = lastQuarter(nowMs)
  const due = flags.due ?? new Date(nowMs + USUAL_DAYS * DAY_MS).toISOString().slice(0, 10)
  const body = {
    title: flags.title ?? quarter.title,
    period: periodOf({ from: flags.from ?? quarter.from, to: flags.to ?? quarter.to }),
    dueAt: endOf(due),
    ...given({ noResponse: flags['no-response'], fallback: flags.fallback }),
    ...given({ minReviewers: numberIn(flags['min-reviewers']), remindDays: flags.remind?.map(Number) }),
    ...given({
      criticalBuckets: flags['critical-bucket'],
      frameworks: flags.framework,
      reviewers: flags.reviewer,
    }),
    scope: given({
      kinds: flags.kind,
      mappings: flags.mapping,
      issuers: flags.issuer,
      roles: flags.role,
      targets: flags.target,
      owners: flags.owner,
    }),
  }
  const answer = await postReview({ ...ask, id: '' }, '', { body, revision: null })
  if (!answer.ok) return refusalSaid(ask.io, answer)
  const review = answer.body as Review // the admin door's own answer
  const said = flags.json === true ? JSON.stringify(review, null, 2) : reviewLines(review).join('\n')
  io.stdout(`${said}\n`)
  return EXIT.ok
}

/** The last second of a day, or an instant as it is. */
export function endOf(day: string): string {
  return day.includes('T') ? day : `${day}T23:59:59Z`
}

function numberIn(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}

/** Without what nobody said. */
function given(members: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}

import type { Review } from '../domain/review/review.ts'
import { refusalSaid } from './arguments.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { ReviewAsk } from './review-ask.ts'
import { getReview, postReview } from './review-client.ts'
import { reviewLines } from './review-words.ts'

/** The next step of a review as it stands now. */
export async function stepOf(
  verb: 'prepare' | 'start' | 'close' | 'seal' | 'release',
  ask: ReviewAsk,
): Promise<ExitCode> {
  const stands = await getReview(ask)
  if (!stands.ok) return refusalSaid(ask.io, stands)
  const { revision } = stands.body as Review // the admin door's own answer
  const answer = await postReview(ask, `/${verb}`, { body: bodyOf(verb, ask), revision })
  if (!answer.ok) return refusalSaid(ask.io, answer)
  const review = answer.body as Review // the admin door's own answer
  const said = ask.flags.json === true ? JSON.stringify(review, null, 2) : reviewLines(review).join('\n')
  ask.io.stdout(`${said}\n`)
  return EXIT.ok
}

function bodyOf(verb: string, { flags }: ReviewAsk): object {
  if (verb === 'release') return { reason: flags.reason }
  if (verb !== 'close') return {}
  return { reason: flags.reason ?? null, acceptFailed: flags['accept-failed'] === true }
}

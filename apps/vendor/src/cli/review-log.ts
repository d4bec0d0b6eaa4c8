import { MOST_ACKNOWLEDGED } from '../domain/review/log-finding.ts'
import type { Review } from '../domain/review/review.ts'
import { safeText } from '../domain/safe-text.ts'
import { refusalSaid } from './arguments.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { ReviewAsk } from './review-ask.ts'
import { getReview, postReview } from './review-client.ts'

type Shown = {
  readonly key: string
  readonly detector: string | null
  readonly severity: string
  readonly message: string
  readonly fix: string
  readonly standing: boolean
  readonly acknowledged: boolean
}

/** `stint review log`: what is found about the log itself. */
export async function showLog(ask: ReviewAsk): Promise<ExitCode> {
  const answer = await getReview(ask, '/log')
  if (!answer.ok) return refusalSaid(ask.io, answer)
  const { findings } = answer.body as { readonly findings: readonly Shown[] } // the admin door's own answer
  const lines = findings.length === 0 ? ['nothing is found about the log'] : findings.flatMap(linesOf)
  const said = ask.flags.json === true ? JSON.stringify(answer.body, null, 2) : lines.join('\n')
  ask.io.stdout(`${said}\n`)
  return EXIT.ok
}

function linesOf({
  key,
  detector,
  severity,
  message,
  fix,
  standing,
  acknowledged,
}: Shown): readonly string[] {
  const state = acknowledged ? 'acknowledged' : 'waits'
  return [
    `${state} ${severity} ${detector ?? ''} ${safeText(message)}${standing ? '' : ' (found no more)'}`,
    `  ${safeText(fix)}`,
    `  --key ${safeText(key)}`,
  ]
}

/** `stint review acknowledge`: of those that are named, or of all that wait. */
export async function acknowledgeLog(ask: ReviewAsk): Promise<ExitCode> {
  const found = await getReview(ask, '/log')
  if (!found.ok) return refusalSaid(ask.io, found)
  const { findings } = found.body as { readonly findings: readonly Shown[] } // the admin door's own answer
  const waiting = findings.flatMap(({ key, acknowledged }) => (acknowledged ? [] : [key]))
  const keys = ask.flags.key ?? waiting
  for (let at = 0; at < keys.length; at += MOST_ACKNOWLEDGED) {
    const stands = await getReview(ask)
    if (!stands.ok) return refusalSaid(ask.io, stands)
    const { revision } = stands.body as Review // the admin door's own answer
    const body = { keys: keys.slice(at, at + MOST_ACKNOWLEDGED), rationale: ask.flags.rationale }
    const answer = await postReview(ask, '/log/acknowledge', { body, revision })
    if (!answer.ok) return refusalSaid(ask.io, answer)
  }
  const said =
    ask.flags.json === true
      ? JSON.stringify({ acknowledged: keys }, null, 2)
      : `${keys.length} findings acknowledged`
  ask.io.stdout(`${said}\n`)
  return EXIT.ok
}

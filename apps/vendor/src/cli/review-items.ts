import { refusalSaid } from './arguments.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { ReviewAsk } from './review-ask.ts'
import { getReview, postReview } from './review-client.ts'
import { endOf } from './review-draft.ts'
import { type ItemAnswer, itemLine, itemLines, type ShownItem } from './review-words.ts'

type Answer = 'attest' | 'narrow' | 'revoke' | 'defer' | 'restore'

/** Decides over one item, or restores it. */
export async function answerItem(answer: Answer, ask: ReviewAsk): Promise<ExitCode> {
  const [n = 0] = ask.items
  const stands = await getReview(ask, `/items/${n}`)
  if (!stands.ok) return refusalSaid(ask.io, stands)
  const { standing, now, item } = stands.body as ItemAnswer // the admin door's own answer
  const { rationale, evidence, until, seen } = ask.flags
  // Not what stands now: whoever decides looked at the snapshot, or names what else they saw.
  const seenVersion = seen === undefined ? item.version : Number(seen)
  const said = {
    verdict: answer,
    rationale,
    evidence: evidence ?? null,
    seenVersion,
    until: until === undefined ? null : endOf(until),
  }
  const body = answer === 'restore' ? { rationale } : said
  const path = `/items/${n}/${answer === 'restore' ? 'restore' : 'decision'}`
  const answered = await postReview(ask, path, { body, revision: standing.revision })
  if (!answered.ok && now !== null && now.version !== seenVersion && answer !== 'restore')
    ask.io.stderr(
      `stint: version ${now.version} stands, and this is over version ${seenVersion}: look at it (stint review item), then --seen ${now.version}\n`,
    )
  return told(ask, answered)
}

/** The same of several items; all of them or none. */
export async function decideTogether(
  verdict: 'attest' | 'narrow' | 'revoke',
  ask: ReviewAsk,
): Promise<ExitCode> {
  const items: { n: number; seenVersion: number }[] = []
  for (const n of ask.items) {
    const stands = await getReview(ask, `/items/${n}`)
    if (!stands.ok) return refusalSaid(ask.io, stands)
    const { item } = stands.body as ItemAnswer // the admin door's own answer
    items.push({ n, seenVersion: item.version })
  }
  const { rationale, evidence = null } = ask.flags
  const body = { verdict, rationale, evidence, items }
  const answer = await postReview(ask, '/items:bulk-decide', { body, revision: null })
  if (!answer.ok) return refusalSaid(ask.io, answer)
  const decided = answer.body as { items: readonly ShownItem[] } // the admin door's own answer
  const said =
    ask.flags.json === true ? JSON.stringify(decided, null, 2) : decided.items.map(itemLine).join('\n')
  ask.io.stdout(`${said}\n`)
  return EXIT.ok
}

export async function handOnItem(ask: ReviewAsk): Promise<ExitCode> {
  const [n = 0] = ask.items
  const stands = await getReview(ask, `/items/${n}`)
  if (!stands.ok) return refusalSaid(ask.io, stands)
  const { standing } = stands.body as ItemAnswer // the admin door's own answer
  const body = { to: ask.flags.to, rationale: ask.flags.rationale }
  return told(ask, await postReview(ask, `/items/${n}/delegate`, { body, revision: standing.revision }))
}

/** Tries again what was asked and is not so yet. */
export async function retryItem(ask: ReviewAsk): Promise<ExitCode> {
  return told(ask, await postReview(ask, `/items/${ask.items[0]}/apply`, { body: {}, revision: null }))
}

function told(ask: ReviewAsk, answer: Awaited<ReturnType<typeof postReview>>): ExitCode {
  if (!answer.ok) return refusalSaid(ask.io, answer)
  const item = answer.body as ItemAnswer // the admin door's own answer
  const said = ask.flags.json === true ? JSON.stringify(item, null, 2) : itemLines(item).join('\n')
  ask.io.stdout(`${said}\n`)
  return item.standing.state === 'failed' ? EXIT.failed : EXIT.ok
}

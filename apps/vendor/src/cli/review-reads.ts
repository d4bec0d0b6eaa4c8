import type { Review } from '../domain/review/review.ts'
import { askAdmin, askAdminLines } from './admin-client.ts'
import { refusalSaid } from './arguments.ts'
import { EXIT, type ExitCode } from './io.ts'
import type { ReviewAsk } from './review-ask.ts'
import { getReview } from './review-client.ts'
import {
  type ItemAnswer,
  itemLine,
  itemLines,
  type ProgressAnswer,
  progressLines,
  reviewLine,
  reviewLines,
  type ShownItem,
} from './review-words.ts'

const PAGE = 500
const REVIEWS = 100

/** `stint review list`: newest first, a line each. */
export async function listReviews({ to, io, flags }: ReviewAsk): Promise<ExitCode> {
  const all: Review[] = []
  for (let before: string | null = ''; before !== null; ) {
    const query = new URLSearchParams({ limit: String(REVIEWS), ...(before === '' ? {} : { before }) })
    const answer = await askAdmin(to, { method: 'GET', path: `/v1/admin/reviews?${query}` }, io)
    if (!answer.ok) return refusalSaid(io, answer)
    const page = answer.body as { reviews: readonly Review[]; next: string | null } // the admin door's own answer
    all.push(...page.reviews)
    before = page.next
  }
  const words = all.length === 0 ? 'no review was made yet' : all.map(reviewLine).join('\n')
  io.stdout(`${flags.json === true ? JSON.stringify(all, null, 2) : words}\n`)
  return EXIT.ok
}

/** `stint review show`: what it is, how far it is, and for whom it waits. */
export async function showReview(ask: ReviewAsk): Promise<ExitCode> {
  const [answer, progress] = await Promise.all([getReview(ask), getReview(ask, '/progress')])
  if (!answer.ok) return refusalSaid(ask.io, answer)
  if (!progress.ok) return refusalSaid(ask.io, progress)
  const review = answer.body as Review // the admin door's own answers
  const how = progress.body as ProgressAnswer
  const words = () => [...reviewLines(review), ...progressLines(how)].join('\n')
  ask.io.stdout(`${ask.flags.json === true ? JSON.stringify({ review, progress: how }, null, 2) : words()}\n`)
  return EXIT.ok
}

/** `stint review items`: a line each, the most dangerous first. */
export async function showItems(ask: ReviewAsk): Promise<ExitCode> {
  const found = await itemsOf(ask, Number.POSITIVE_INFINITY)
  if ('ok' in found) return refusalSaid(ask.io, found)
  const words = [...found.map(itemLine), `${found.length} items`].join('\n')
  ask.io.stdout(`${ask.flags.json === true ? JSON.stringify(found, null, 2) : words}\n`)
  return EXIT.ok
}

/** `stint review next`: the first that waits for whoever asks. */
export async function showNext(ask: ReviewAsk): Promise<ExitCode> {
  const found = await itemsOf({ ...ask, flags: { ...ask.flags, state: 'undecided', mine: true } }, 1)
  if ('ok' in found) return refusalSaid(ask.io, found)
  const [first] = found
  if (first !== undefined) return showItem({ ...ask, items: [first.item.n] })
  ask.io.stdout('nothing waits for you\n')
  return EXIT.ok
}

export async function showItem(ask: ReviewAsk): Promise<ExitCode> {
  const answer = await getReview(ask, `/items/${ask.items[0]}`)
  if (!answer.ok) return refusalSaid(ask.io, answer)
  const item = answer.body as ItemAnswer // the admin door's own answer
  ask.io.stdout(`${ask.flags.json === true ? JSON.stringify(item, null, 2) : itemLines(item).join('\n')}\n`)
  return EXIT.ok
}

/** `stint review report`: for a machine, or for a spreadsheet, a browser, a wiki. */
export async function reportOf(ask: ReviewAsk): Promise<ExitCode> {
  const form = (['csv', 'html', 'md'] as const).find((one) => ask.flags[one] === true)
  if (form !== undefined) {
    const text = await askAdminLines(ask.to, `/v1/admin/reviews/${ask.id}/report.${form}`, ask.io)
    if (!text.ok) return refusalSaid(ask.io, text)
    ask.io.stdout(text.lines)
    return EXIT.ok
  }
  const answer = await getReview(ask, '/report.json')
  if (!answer.ok) return refusalSaid(ask.io, answer)
  ask.io.stdout(`${JSON.stringify(answer.body, null, 2)}\n`)
  return EXIT.ok
}

async function itemsOf(ask: ReviewAsk, most: number) {
  const { state, kind, mine } = ask.flags
  const found: ShownItem[] = []
  for (let after: number | null = 0; after !== null && found.length < most; ) {
    const query = new URLSearchParams({
      after: String(after),
      limit: String(Math.min(PAGE, most)),
      ...(state === undefined ? {} : { state }),
      ...(kind === undefined ? {} : { kind: String(kind.at(-1)) }),
      ...(mine === true ? { reviewer: 'me' } : {}),
    })
    const answer = await getReview(ask, `/items?${query}`)
    if (!answer.ok) return answer
    const page = answer.body as { items: readonly ShownItem[]; next: number | null } // the admin door's own answer
    found.push(...page.items)
    after = page.next
  }
  return found
}

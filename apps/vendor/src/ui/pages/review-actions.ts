import { periodOf } from '../../domain/review/period.ts'
import { VendorError } from '../../errors.ts'
import type { ReviewBy } from '../../flows/reviews/deps.ts'
import {
  parseAcknowledge,
  parseBulkDecision,
  parseClose,
  parseDelegation,
  parseRelease,
  parseRestore,
  parseReviewDecision,
  parseReviewDraft,
} from '../../schema/review.ts'
import type { UiData } from '../data.ts'
import type { UiAction } from '../route.ts'
import type { View } from '../view.ts'
import { reviewIdOf } from './review.ts'

type Parts = Pick<UiData, 'reviews'>

/** Every step and answer of a review: the bodies are those of the admin API, and so are their limits. */
export function reviewActions(data: Parts): readonly UiAction[] {
  return [...stepActions(data), ...itemActions(data)]
}

function stepActions({ reviews }: Parts): readonly UiAction[] {
  const { flow } = reviews
  const step = (verb: 'prepare' | 'start' | 'seal'): UiAction => ({
    path: `/reviews/:id/${verb}`,
    operation: `${verb}Review`,
    async act(view, form) {
      await flow[verb](reviewIdOf(view), byOf(view, form, revisionOf(form)))
      return backTo(view)
    },
  })
  return [
    {
      path: '/reviews',
      operation: 'createReview',
      async act(view, form) {
        const plan = parseReviewDraft(body(draftOf(form)))
        return `/reviews/${await flow.draft(plan, byOf(view, form, null))}`
      },
    },
    step('prepare'),
    step('start'),
    step('seal'),
    {
      path: '/reviews/:id/log',
      operation: 'acknowledgeReviewLog',
      async act(view, form) {
        const asked = { keys: form.getAll('finding'), rationale: form.get('rationale') }
        const of = parseAcknowledge(body(asked))
        await flow.acknowledge(reviewIdOf(view), of, byOf(view, form, revisionOf(form)))
        return `${backTo(view)}/log`
      },
    },
    {
      path: '/reviews/:id/close',
      operation: 'closeReview',
      async act(view, form) {
        const asked = { acceptFailed: form.get('acceptFailed') === 'yes', reason: textOf(form, 'reason') }
        await flow.close(reviewIdOf(view), parseClose(body(asked)), byOf(view, form, revisionOf(form)))
        return backTo(view)
      },
    },
    {
      path: '/reviews/:id/release',
      operation: 'releaseReview',
      async act(view, form) {
        const { reason } = parseRelease(body({ reason: form.get('reason') }))
        await flow.release(reviewIdOf(view), reason, byOf(view, form, revisionOf(form)))
        return backTo(view)
      },
    },
  ]
}

function itemActions({ reviews }: Parts): readonly UiAction[] {
  const { flow } = reviews
  const item = (
    verb: string,
    operation: string,
    act: (view: View, form: URLSearchParams, n: number) => Promise<unknown>,
  ): UiAction => ({
    path: `/reviews/:id/items/:n/${verb}`,
    operation,
    async act(view, form) {
      const n = numberOf(view)
      await act(view, form, n)
      return `${backTo(view)}/queue?after=${n}&done=${n}`
    },
  })
  return [
    item('decision', 'decideReviewItem', async (view, form, n) => {
      const asked = parseReviewDecision(body(decisionOf(form)))
      await flow.decide(reviewIdOf(view), { n, asked }, byOf(view, form, revisionOf(form)))
    }),
    item('delegate', 'delegateReviewItem', async (view, form, n) => {
      const { to, rationale } = parseDelegation(
        body({ to: form.get('to'), rationale: form.get('rationale') }),
      )
      await flow.delegate(reviewIdOf(view), { n, to, rationale }, byOf(view, form, revisionOf(form)))
    }),
    item('restore', 'restoreReviewItem', async (view, form, n) => {
      const { rationale } = parseRestore(body({ rationale: form.get('rationale') }))
      await flow.restore(reviewIdOf(view), { n, rationale }, byOf(view, form, revisionOf(form)))
    }),
    item('apply', 'applyReviewItem', async (view, form, n) => {
      await flow.apply(reviewIdOf(view), n, { ...byOf(view, form, null), key: null })
    }),
    {
      path: '/reviews/:id/items/decide',
      operation: 'decideReviewItems',
      async act(view, form) {
        const asked = {
          verdict: form.get('verdict'),
          rationale: form.get('rationale'),
          items: form.getAll('item').map(itemIn),
        }
        await flow.decideMany(reviewIdOf(view), parseBulkDecision(body(asked)), byOf(view, form, null))
        return `${backTo(view)}/items?state=undecided`
      },
    },
  ]
}

function draftOf(form: URLSearchParams): object {
  const endOf = (day: string | null) => `${day}T23:59:59Z`
  return {
    title: form.get('title'),
    period: periodOf({ from: form.get('from') ?? '', to: form.get('to') ?? '' }),
    dueAt: endOf(form.get('due')),
    noResponse: form.get('noResponse'),
    minReviewers: Number(form.get('minReviewers')),
    scope: { kinds: form.getAll('kind') },
  }
}

function decisionOf(form: URLSearchParams): object {
  const verdict = form.get('verdict')
  return {
    verdict,
    rationale: form.get('rationale'),
    evidence: textOf(form, 'evidence'),
    seenVersion: Number(form.get('seenVersion')),
    until: verdict === 'defer' ? `${form.get('until')}T23:59:59Z` : null,
  }
}

/** `12:3`: item 12 at version 3. */
function itemIn(text: string): { readonly n: number; readonly seenVersion: number } {
  const [n, seenVersion] = text.split(':').map(Number)
  return { n: n ?? 0, seenVersion: seenVersion ?? 0 }
}

function textOf(form: URLSearchParams, name: string): string | null {
  const text = form.get(name) ?? ''
  return text === '' ? null : text
}

function body(of: object): Uint8Array {
  return Buffer.from(JSON.stringify(of))
}

function backTo(view: View): string {
  return `/reviews/${reviewIdOf(view)}`
}

const NUMBER = /^[1-9][0-9]{0,8}$/

function numberOf(view: View): number {
  const text = view.param('n')
  if (!NUMBER.test(text)) throw new VendorError('not_found')
  return Number(text)
}

/** The revision that was shown: whatever happened since, the answer is not to it. */
function revisionOf(form: URLSearchParams): number {
  const text = form.get('revision') ?? ''
  if (!NUMBER.test(text)) throw new VendorError('precondition_missing')
  return Number(text)
}

const KEY = /^[\x21-\x7e]{8,128}$/

/** A form that is sent twice is one answer: its key is made with the page. */
function byOf(view: View, form: URLSearchParams, ifRevision: number | null): ReviewBy {
  const key = form.get('key') ?? ''
  if (!KEY.test(key)) throw new VendorError('parameter_invalid', { facts: { parameter: 'key' } })
  const { acr, authTime } = view.session
  return { actor: view.actor, signedIn: { acr, authTime }, request: view.facts.request, key, ifRevision }
}

import type { ItemMove } from '../../domain/review-event.ts'
import { byWhom, named, personOf, told, type WordsFor } from './event-line.ts'
import { itemStateWords } from './review-words.ts'
import { grouped, plural } from './time-words.ts'

const itemsOf = (items: readonly ItemMove[]) =>
  named(items.map(({ kind, name }) => `${kind.replace('_', ' ')} ${told(name)}`))
const becomes = ([first]: readonly ItemMove[]) =>
  first === undefined ? '' : itemStateWords(first.becomes)[1]

/** Reviews, from the draft to the pack. */
export const REVIEW_EVENT_WORDS: WordsFor<'review'> = {
  'review.drafted': ({ actor, plan }) => ({
    tone: 'info',
    what: 'review drafted',
    who: personOf(actor),
    detail: told(plan.title),
  }),
  'review.prepared': ({ actor, items }) => ({
    tone: 'info',
    what: 'review prepared',
    who: personOf(actor),
    detail: `${plural(items, 'item')} written down, to be decided over`,
  }),
  'review.started': ({ actor, dueAt }) => ({
    tone: 'info',
    what: 'review started',
    who: personOf(actor),
    detail: `answers are due by ${dueAt.slice(0, 10)}`,
  }),
  'review.reminded': ({ title, daysLeft, undecided }) => ({
    tone: 'quiet',
    what: 'reminder of a review sent',
    who: byWhom(null),
    detail: `${told(title)}: ${plural(undecided, 'item')} without an answer, ${plural(daysLeft, 'day')} left`,
  }),
  'review.decided': ({ actor, items, verdict, rationale }) => ({
    tone: verdict === 'revoke' ? 'warn' : 'info',
    what: `${verdict}: ${itemsOf(items)}`,
    who: personOf(actor),
    detail: told(rationale),
  }),
  'review.delegated': ({ actor, items, to }) => ({
    tone: 'quiet',
    what: `handed on: ${itemsOf(items)}`,
    who: personOf(actor),
    detail: `to ${told(to)}`,
  }),
  'review.applying': ({ actor, items }) => ({
    tone: 'quiet',
    what: `about to be made so: ${itemsOf(items)}`,
    who: byWhom(actor),
  }),
  'review.applied': ({ actor, items, remediation }) => ({
    tone: 'info',
    what: `made so: ${itemsOf(items)}`,
    who: byWhom(actor),
    detail: remediation.detail === null ? becomes(items) : told(remediation.detail),
  }),
  'review.verified': ({ actor, items, proof }) => ({
    tone: proof.holds ? 'good' : 'bad',
    what: `${proof.holds ? 'proved' : 'not proved'}: ${itemsOf(items)}`,
    who: byWhom(actor),
    detail: proof.live === 0 ? becomes(items) : `${plural(proof.live, 'session')} still alive`,
  }),
  'review.due': ({ dueAt, unanswered }) => ({
    tone: unanswered === 0 ? 'quiet' : 'warn',
    what: 'review came due',
    who: byWhom(null),
    detail: `on ${dueAt.slice(0, 10)}, with ${plural(unanswered, 'item')} unanswered`,
  }),
  'review.held': ({ title, would, active }) => ({
    tone: 'bad',
    what: 'review held: too many would be suspended at once',
    who: byWhom(null),
    detail: `${told(title)}: ${plural(would, 'mapping')}, where ${grouped(active)} are in force`,
  }),
  'review.released': ({ actor, would, reason }) => ({
    tone: 'warn',
    what: `suspension of ${plural(would, 'mapping')} released`,
    who: personOf(actor),
    detail: told(reason),
  }),
  'review.suspending': ({ items }) => ({
    tone: 'quiet',
    what: `about to be suspended: ${itemsOf(items)}`,
    who: byWhom(null),
  }),
  'review.suspended': ({ items }) => ({
    tone: 'warn',
    what: `suspended: ${itemsOf(items)}`,
    who: byWhom(null),
    detail: 'nobody answered for it',
  }),
  'review.restoring': ({ actor, items }) => ({
    tone: 'quiet',
    what: `about to be restored: ${itemsOf(items)}`,
    who: personOf(actor),
  }),
  'review.restored': ({ actor, items, rationale }) => ({
    tone: 'info',
    what: `restored: ${itemsOf(items)}`,
    who: personOf(actor),
    detail: told(rationale),
  }),
  'review.revoked': ({ items }) => ({
    tone: 'warn',
    what: `revoked: ${itemsOf(items)}`,
    who: byWhom(null),
    detail: 'it was suspended, and nobody restored it in time',
  }),
  'review.unanswered': ({ items }) => ({
    tone: 'warn',
    what: `no answer: ${itemsOf(items)}`,
    who: byWhom(null),
    detail: 'it stays as it is',
  }),
  'review.closed': ({ actor, reason }) => ({
    tone: 'info',
    what: 'review closed',
    who: personOf(actor),
    detail: reason === null ? null : told(reason),
  }),
  'review.sealed': ({ actor, checkpoint }) => ({
    tone: 'good',
    what: 'review sealed',
    who: personOf(actor),
    detail: `at ${plural(checkpoint.size, 'event')} of the log`,
  }),
  'review.packed': ({ actor, files }) => ({
    tone: 'good',
    what: 'evidence made',
    who: personOf(actor),
    detail: plural(files, 'file'),
  }),
}

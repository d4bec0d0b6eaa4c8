import type { Actor, AuditEvent, EventType } from '../../domain/audit-event.ts'
import type { Revoked } from '../../domain/revocation.ts'
import type { Tone } from '../parts/pieces.ts'
import { foreign } from '../text.ts'
import { grouped, plural } from './time-words.ts'

/** One event in a line: what happened, who did it or whom it is about, and how grave it is. */
export type EventLine = {
  readonly tone: Tone
  readonly what: string
  readonly who: string | null
  readonly detail: string | null
  /** The request or assumption that can be explained; null: there is nothing to explain. */
  readonly why: string | null
}

type Of<T extends EventType> = Extract<AuditEvent, { type: T }>
type Words<T extends EventType> = (event: Of<T>) => Omit<EventLine, 'why'> & { readonly why?: string | null }

const MOST = 120

/** An event of a type that has no words here says its type and what of it is plain. */
export function eventLine(event: AuditEvent): EventLine {
  // The table's rows are typed by their own keys; which row an event has, its type says.
  const words = WORDS[event.type] as Words<EventType> | undefined
  const said = words?.(event) ?? plain(event)
  return { why: null, ...said }
}

const WORDS: { readonly [T in EventType]?: Words<T> } = {
  'assume.intent': ({ subject, decision, assumption }) => ({
    tone: 'quiet',
    what: `decided to grant ${decision.role?.name ?? 'a role'}`,
    who: subjectOf(subject),
    detail:
      decision.mappings.length === 0 ? null : `by ${decision.mappings.map(({ name }) => name).join(', ')}`,
    why: assumption,
  }),
  'assume.issued': ({ target, expires, assumption }) => ({
    tone: 'good',
    what: `issued at ${target}`,
    who: null,
    detail: `until ${expires}`,
    why: assumption,
  }),
  'assume.redelivered': ({ subject, target, expires, assumption }) => ({
    tone: 'good',
    what: `gave the same session again at ${target}`,
    who: subjectOf(subject),
    detail: `until ${expires}`,
    why: assumption,
  }),
  'assume.refused': ({ code, subject, claimed, decision, assumption }) => ({
    tone: 'bad',
    what: `refused${decision?.roleAsked ? ` ${foreign(roleOf(decision.roleAsked), MOST)}` : ''}: ${code}`,
    who:
      subject === null
        ? `not verified: ${foreign(claimed?.issuer ?? 'no readable token', MOST)}`
        : subjectOf(subject),
    detail: null,
    why: assumption,
  }),
  'assume.refused_summary': ({ count, code, claimedIssuer, subject, sourcePrefix, request }) => ({
    tone: 'bad',
    what: `refused ${plural(count, 'request')} alike: ${code}`,
    who:
      subject === null
        ? `not verified: ${foreign(claimedIssuer ?? 'no issuer', MOST)}`
        : foreign(subject.sub, MOST),
    detail: `from ${sourcePrefix}`,
    why: request,
  }),
  'assume.upstream_failed': ({ target, code, assumption }) => ({
    tone: 'bad',
    what: `${target} gave no session: ${code}`,
    who: null,
    detail: null,
    why: assumption,
  }),
  'assume.withheld': ({ target, code, changed, assumption }) => ({
    tone: 'warn',
    what: `withheld a session of ${target}: ${code}`,
    who: null,
    detail:
      changed.length === 0
        ? null
        : `changed: ${changed.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
    why: assumption,
  }),
  'assume.unresolved': ({ target, reason, assumption }) => ({
    tone: 'warn',
    what: `not known whether ${target} minted: ${reason}`,
    who: null,
    detail: null,
    why: assumption,
  }),
  'assume.revoked': ({ target, proof, assumption }) => ({
    tone: proof === 'proved' ? 'good' : 'warn',
    what: `ended a session of ${target}: ${proof}`,
    who: null,
    detail: null,
    why: assumption,
  }),
  'config.changing': ({ actor, changes, generation, parts }) => ({
    tone: 'info',
    what: `changes the configuration on generation ${generation}`,
    who: personOf(actor),
    detail: `${plural(changes.length, 'resource')}${parts > 1 ? ' in this part' : ''}`,
  }),
  'config.changed': ({ generation }) => ({
    tone: 'info',
    what: `the configuration is generation ${generation}`,
    who: null,
    detail: null,
  }),
  'change.asked': ({ actor, widens, moreWidens }) => ({
    tone: 'info',
    what: 'asked for a change that widens',
    who: personOf(actor),
    detail: plural(widens.length + moreWidens, 'way', 'ways'),
  }),
  'change.approved': ({ actor, author }) => decided('approved', actor, author),
  'change.rejected': ({ actor, author }) => decided('rejected', actor, author),
  'change.withdrawn': ({ actor, author }) => decided('withdrew', actor, author),
  'revoke.begun': ({ of, actor, reason, locked }) => ({
    tone: 'warn',
    what: `revokes ${revokedOf(of)}${locked ? ', and locks it' : ''}`,
    who: personOf(actor),
    detail: foreign(reason, MOST),
  }),
  'revoke.finished': ({ of, sessions, proved }) => ({
    tone: sessions === proved ? 'good' : 'warn',
    what: `revoked ${revokedOf(of)}`,
    who: null,
    detail: `${plural(sessions, 'session')}, ${grouped(proved)} proved to be over`,
  }),
  'revoke.lifted': ({ of, actor }) => ({
    tone: 'info',
    what: `lifted the lock of ${revokedOf(of)}`,
    who: personOf(actor),
    detail: null,
  }),
  'admin.refused': ({ operation, code, subject }) => ({
    tone: 'warn',
    what: `refused an administrator: ${code}`,
    who: subject === null ? null : personOf(subject),
    detail: foreign(operation, MOST),
  }),
  'admin.signed_in': ({ actor, roles }) => ({
    tone: 'quiet',
    what: 'signed in at the page',
    who: personOf(actor),
    detail: roles.join(', '),
  }),
  'admin.signed_out': ({ actor }) => ({
    tone: 'quiet',
    what: 'signed out of the page',
    who: personOf(actor),
    detail: null,
  }),
  'process.start': ({ version, weakened }) => ({
    tone: weakened.length === 0 ? 'quiet' : 'warn',
    what: `Stint ${version} started`,
    who: null,
    detail: weakened.length === 0 ? null : `weakened: ${weakened.join(', ')}`,
  }),
  'process.stop': ({ reason }) => ({ tone: 'quiet', what: 'stopped', who: null, detail: reason }),
  'log.anchor_failed': ({ anchor, reason }) => ({
    tone: 'bad',
    what: `the anchor ${foreign(anchor, MOST)} cannot be written`,
    who: null,
    detail: foreign(reason, MOST),
  }),
  'log.anchor_given_up': ({ anchor, size }) => ({
    tone: 'bad',
    what: `the log goes on without what the anchor ${foreign(anchor, MOST)} had`,
    who: null,
    detail: `a checkpoint of ${size} events`,
  }),
  'log.forked': () => ({ tone: 'bad', what: 'the log goes on under a new name', who: null, detail: null }),
  'target.breaker_opened': ({ target, calls, failures }) => ({
    tone: 'bad',
    what: `${target} is not asked for a while`,
    who: null,
    detail: `${failures} of ${calls} calls failed`,
  }),
  'target.breaker_closed': ({ target }) => ({
    tone: 'good',
    what: `${target} is asked again`,
    who: null,
    detail: null,
  }),
}

function decided(verb: string, actor: Actor, author: Actor): Omit<EventLine, 'why'> {
  const tone = verb === 'approved' ? 'good' : 'info'
  return { tone, what: `${verb} a change of ${personOf(author)}`, who: personOf(actor), detail: null }
}

/** Names that every event of its kind may have, in the order in which somebody looks for them. */
const PLAIN = ['target', 'issuer', 'purpose', 'reason', 'outcome', 'kid', 'anchor', 'size'] as const

function plain(event: AuditEvent): EventLine {
  const members = Object.entries(event)
  const said = PLAIN.flatMap((name) => {
    const value = members.find(([member]) => member === name)?.[1]
    return typeof value === 'string' || typeof value === 'number'
      ? [`${name} ${foreign(String(value), MOST)}`]
      : []
  })
  const what = event.type.replaceAll(/[._]/g, ' ')
  return { tone: 'quiet', what, who: null, detail: said.length === 0 ? null : said.join(', '), why: null }
}

function subjectOf({ issuer, sub }: Of<'assume.intent'>['subject']): string {
  return `${foreign(sub, MOST)} of ${issuer.name}`
}

function personOf({ person }: Actor): string {
  return foreign(person, MOST)
}

/** An ARN as the role that it names. */
function roleOf(asked: string): string {
  return /^arn:aws:iam::\d{12}:role\/(.+)$/.exec(asked)?.[1] ?? asked
}

function revokedOf(of: Revoked): string {
  if (of.kind === 'assumption') return `session ${of.id}`
  return of.kind === 'subject' ? `subject ${foreign(of.sub, MOST)}` : `${of.kind} ${of.name}`
}

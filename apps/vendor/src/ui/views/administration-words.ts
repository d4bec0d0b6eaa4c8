import type { Actor } from '../../domain/audit-event.ts'
import { errorRow } from '../../errors.ts'
import { sentence } from '../text.ts'
import { type EventLine, named, personOf, revokedOf, told, type WordsFor } from './event-line.ts'
import { grouped, plural } from './time-words.ts'

/** What administrators do: the configuration, approvals, revocations, sessions of the page. */
export const ADMINISTRATION_WORDS: WordsFor<'config' | 'change' | 'revoke' | 'admin'> = {
  'config.changing': ({ actor, changes, generation, parts, part }) => ({
    tone: 'quiet',
    what: `configuration about to change after generation ${generation}`,
    who: personOf(actor),
    detail: `${named(changes.map(({ kind, name }) => `${kind.replace('_', ' ')} ${name}`))}${parts > 1 ? `, part ${part} of ${parts}` : ''}`,
  }),
  'config.changed': ({ generation, recovered }) => ({
    tone: 'info',
    what: `configuration changed: generation ${generation}`,
    detail: recovered ? 'found so at a start, after a process that ended amid it' : null,
  }),
  'config.exception': () => ({
    tone: 'bad',
    what: 'a configuration that the log does not know was accepted by hand',
  }),
  'change.asked': ({ actor, widens, moreWidens }) => ({
    tone: 'info',
    what: 'change asked for that lets more happen',
    who: personOf(actor),
    detail: `${named(widens.map(({ kind, name }) => `${kind.replace('_', ' ')} ${name}`))}${moreWidens > 0 ? `, and ${plural(moreWidens, 'more way')}` : ''}`,
  }),
  'change.approved': ({ actor, author }) => decided('approved', actor, author),
  'change.rejected': ({ actor, author }) => decided('rejected', actor, author),
  'change.withdrawn': ({ actor, author }) => decided('taken back', actor, author),
  'revoke.begun': ({ of, actor, reason, locked }) => ({
    tone: 'warn',
    what: `revoking ${revokedOf(of)}${locked ? ', which is locked' : ''}`,
    who: personOf(actor),
    detail: told(reason),
  }),
  'revoke.finished': ({ of, sessions, proved }) => ({
    tone: sessions === proved ? 'good' : 'warn',
    what: `revoked ${revokedOf(of)}`,
    detail: `${plural(sessions, 'session')}, ${grouped(proved)} proved to be over`,
  }),
  'revoke.lifted': ({ of, actor }) => ({
    tone: 'info',
    what: `lock of ${revokedOf(of)} lifted`,
    who: personOf(actor),
  }),
  'admin.refused': ({ operation, code, subject }) => ({
    tone: 'warn',
    what: 'administrator refused',
    who: subject === null ? 'not verified' : personOf(subject),
    detail: `${told(operation)}: ${sentence(errorRow(code).operatorText)} (${code})`,
  }),
  'admin.signed_in': ({ actor, roles }) => ({
    tone: 'quiet',
    what: 'signed in at the page',
    who: personOf(actor),
    detail: `as ${roles.join(', ')}`,
  }),
  'admin.signed_out': ({ actor }) => ({
    tone: 'quiet',
    what: 'signed out of the page',
    who: personOf(actor),
  }),
}

function decided(verb: string, actor: Actor, author: Actor): Pick<EventLine, 'tone' | 'what' | 'who'> {
  const tone = verb === 'approved' ? 'good' : 'info'
  return { tone, what: `change of ${personOf(author)} ${verb}`, who: personOf(actor) }
}

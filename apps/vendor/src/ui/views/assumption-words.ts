import { foreign } from '../text.ts'
import { meant, roleOf, subjectOf, told, until, type WordsFor } from './event-line.ts'
import { plural } from './time-words.ts'

/** Exchanges: what was decided, given, refused and ended. */
export const ASSUMPTION_WORDS: WordsFor<'assume'> = {
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
    what: `session given at ${target}`,
    detail: until(expires),
    why: assumption,
  }),
  'assume.redelivered': ({ subject, target, expires, assumption }) => ({
    tone: 'good',
    what: `same session given again at ${target}`,
    who: subjectOf(subject),
    detail: until(expires),
    why: assumption,
  }),
  'assume.refused': ({ code, subject, claimed, decision, assumption }) => ({
    tone: 'bad',
    what: `refused${decision?.roleAsked ? ` ${foreign(roleOf(decision.roleAsked), 64)}` : ''}`,
    who:
      subject === null ? `not verified: ${told(claimed?.issuer ?? 'no readable token')}` : subjectOf(subject),
    detail: meant(code),
    why: assumption,
  }),
  'assume.refused_summary': ({ count, code, claimedIssuer, subject, sourcePrefix, request }) => ({
    tone: 'bad',
    what: `refused ${plural(count, 'request')} alike`,
    who: subject === null ? `not verified: ${told(claimedIssuer ?? 'no issuer')}` : told(subject.sub),
    detail: `${meant(code)}, from ${sourcePrefix}`,
    why: request,
  }),
  'assume.upstream_failed': ({ target, code, assumption }) => ({
    tone: 'bad',
    what: `${target} gave no session`,
    detail: meant(code),
    why: assumption,
  }),
  'assume.withheld': ({ target, code, changed, assumption }) => ({
    tone: 'warn',
    what: `session of ${target} withheld`,
    detail: `${meant(code)}${changed.length === 0 ? '' : `, changed: ${changed.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`}`,
    why: assumption,
  }),
  'assume.unresolved': ({ target, reason, assumption }) => ({
    tone: 'warn',
    what: `not known whether ${target} minted`,
    detail: told(reason),
    why: assumption,
  }),
  'assume.revoked': ({ target, proof, assumption }) => ({
    tone: proof === 'proved' ? 'good' : 'warn',
    what: `session of ${target} ended`,
    detail: proof === 'proved' ? 'proved at the store' : `not proved: ${told(proof)}`,
    why: assumption,
  }),
}

import type { AnnouncedFinding } from '../../domain/finding-event.ts'
import { named, personOf, told, type WordsFor } from './event-line.ts'
import { grouped, instantWords, plural } from './time-words.ts'

const since = (iso: string) => `since ${instantWords(Date.parse(iso))} UTC`
const found = (findings: readonly AnnouncedFinding[]) =>
  findings.map(
    ({ kind, name, message }) => `${kind.replace('_', ' ')} ${name}: ${told(message).replaceAll('`', '')}`,
  )
const keyOf = (kid: string | null) => (kid === null ? 'without a kid' : `kid ${told(kid)}`)

/** Stores and issuers: their keys, what they tell, how they are. */
export const STORE_WORDS: WordsFor<'probe' | 'ghost' | 'jwks' | 'target' | 'secret'> = {
  'probe.begun': ({ target, actor, trigger }) => ({
    tone: 'quiet',
    what: `probe of ${target.name} began`,
    who: actor === null ? 'Stint, by the clock' : personOf(actor),
    detail: told(trigger.replaceAll('_', ' ')),
  }),
  'probe.intent': ({ target, try: of }) => ({
    tone: 'quiet',
    what: `probe of ${target}: about to mint`,
    detail: `for ${told(of)}`,
  }),
  'probe.answered': ({ target, accessKeyId, mayExist }) => ({
    tone: 'quiet',
    what: `probe of ${target}: ${accessKeyId === null ? 'no session given' : 'session given'}`,
    detail: accessKeyId === null && mayExist ? 'the store may hold one all the same' : null,
  }),
  'probe.finished': ({ target, outcome, tries }) => ({
    tone: outcome === 'completed' ? 'good' : 'bad',
    what: `probe of ${target.name} ${outcome}`,
    detail: tries.length === 0 ? null : plural(tries.length, 'try', 'tries'),
  }),
  'ghost.seen': ({ target, sub, reason }) => ({
    tone: 'bad',
    what: `${target} has a session that is not ours`,
    who: told(sub ?? 'of nobody by name'),
    detail: told(reason.replaceAll('_', ' ')),
  }),
  'ghost.more': ({ target, count }) => ({
    tone: 'bad',
    what: `${target} has ${plural(count, 'more session')} that ${count === 1 ? 'is' : 'are'} not ours`,
  }),
  'ghost.dismissed': ({ target, actor, reason }) => ({
    tone: 'info',
    what: `session of ${target} that was not ours: looked into`,
    who: personOf(actor),
    detail: told(reason),
  }),
  'jwks.key_added': ({ issuer, kid }) => ({
    tone: 'quiet',
    what: `new key of issuer ${issuer}`,
    detail: keyOf(kid),
  }),
  'jwks.key_removed': ({ issuer, kid }) => ({
    tone: 'quiet',
    what: `key of issuer ${issuer} gone`,
    detail: keyOf(kid),
  }),
  'jwks.key_refused': ({ issuer, kid, reason }) => ({
    tone: 'warn',
    what: `key of issuer ${issuer} refused`,
    detail: `${keyOf(kid)}: ${told(reason.replaceAll('_', ' '))}`,
  }),
  'jwks.stale_used': ({ issuer, until }) => ({
    tone: 'warn',
    what: `issuer ${issuer} does not answer: its last keys are used`,
    detail: `until ${instantWords(Date.parse(until))} UTC at most`,
  }),
  'jwks.fetch_failed': ({ issuer, reason }) => ({
    tone: 'warn',
    what: `keys of issuer ${issuer} cannot be read`,
    detail: told(reason.replaceAll('_', ' ')),
  }),
  'jwks.refreshed': ({ issuer, failures, failedSince }) => ({
    tone: 'good',
    what: `keys of issuer ${issuer} are read again`,
    detail: `${plural(failures, 'failure')} ${since(failedSince)}`,
  }),
  'target.breaker_opened': ({ target, calls, failures }) => ({
    tone: 'bad',
    what: `${target} is not asked for a while`,
    detail: `${grouped(failures)} of ${plural(calls, 'call')} failed`,
  }),
  'target.breaker_closed': ({ target }) => ({ tone: 'good', what: `${target} is asked again` }),
  'secret.created': ({ purpose, target }) => ({
    tone: 'quiet',
    what: 'key made',
    detail: `${told(purpose)}${target === null ? '' : ` of ${target}`}`,
  }),
  'secret.rotating': ({ target, actor, compromised, reason }) => ({
    tone: compromised ? 'bad' : 'info',
    what: `new signing key for ${target}${compromised ? ': the old one is compromised' : ''}`,
    who: personOf(actor),
    detail: told(reason),
  }),
  'secret.rotated': ({ target, newKey, oldKey }) => ({
    tone: newKey === 'accepted' && oldKey !== 'accepted' ? 'good' : 'warn',
    what: `${target} was asked about its keys`,
    detail: `the new one is ${newKey}${oldKey === null ? '' : `, the old one ${oldKey}`}`,
  }),
}

/** The log, the process and what detectors find. */
export const KEEPING_WORDS: WordsFor<'log' | 'clock' | 'process' | 'finding'> = {
  'finding.opened': ({ findings }) => ({
    tone: findings.some(({ severity }) => severity === 'warning') ? 'warn' : 'quiet',
    what: `${plural(findings.length, 'new finding')}`,
    detail: named(found(findings)),
  }),
  'finding.closed': ({ findings }) => ({
    tone: 'quiet',
    what: `${plural(findings.length, 'finding')} no more`,
    detail: named(found(findings)),
  }),
  'log.key_rotated': ({ handover }) => ({
    tone: handover ? 'info' : 'warn',
    what: 'new key signs the log',
    detail: handover ? 'the old one vouches for it' : 'the old one does not vouch for it',
  }),
  'log.forked': ({ size }) => ({
    tone: 'bad',
    what: 'the log goes on under a new name',
    detail: `after ${plural(size, 'event')}, although anchors hold another one`,
  }),
  'log.anchor_failed': ({ anchor, reason }) => ({
    tone: 'bad',
    what: 'anchor cannot be written',
    detail: `${told(anchor)}: ${told(reason)}`,
  }),
  'log.anchored': ({ anchor, failedSince }) => ({
    tone: 'good',
    what: 'anchor is written again',
    detail: `${told(anchor)}, failed ${since(failedSince)}`,
  }),
  'log.pruned': ({ count, before }) => ({
    tone: 'info',
    what: `bodies of ${plural(count, 'event')} taken out`,
    detail: `older than ${before.slice(0, 10)}; their leaves stay`,
  }),
  'log.sink_failed': ({ sink, reason }) => ({
    tone: 'warn',
    what: `events cannot be sent to ${told(sink)}`,
    detail: told(reason.replaceAll('_', ' ')),
  }),
  'log.sink_recovered': ({ sink, failedSince }) => ({
    tone: 'good',
    what: `events are sent to ${told(sink)} again`,
    detail: `failed ${since(failedSince)}`,
  }),
  'clock.step': ({ ms }) => ({
    tone: 'warn',
    what: `the clock was set ${ms < 0 ? 'back' : 'forward'}`,
    detail: `by ${plural(Math.round(Math.abs(ms) / 1_000), 'second')}`,
  }),
  'process.restored': ({ backupAt }) => ({
    tone: 'warn',
    what: 'restored from a backup',
    detail: `of ${instantWords(Date.parse(backupAt))} UTC`,
  }),
  'process.start': ({ version, weakened }) => ({
    tone: weakened.length === 0 ? 'quiet' : 'warn',
    what: `Stint ${version} started`,
    detail: weakened.length === 0 ? null : `weakened: ${weakened.join(', ')}`,
  }),
  'process.stop': ({ reason }) => ({ tone: 'quiet', what: 'Stint stopped', detail: told(reason) }),
}

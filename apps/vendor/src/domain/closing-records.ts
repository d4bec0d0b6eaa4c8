import type { EventType } from './audit-event.ts'

/**
 * What a log on a full disk still takes, into the room that its reserve gave back (ADR 0055): what ends something that the log
 * has open, so that its length is bounded by what was open, and what ends a session that somebody holds. Everything else
 * opens something, or answers somebody, and is refused with `audit_unavailable`:
 * - `assume.issued` is none: without it nothing was given, and what was minted is ended.
 * - Refusals and their summaries are none: anybody can ask for as many as the room has.
 * - `probe.finished` is none: a sheet may be 64 KB, and the next start writes that the probe was cut.
 * - Steps of reviews are none: each is taken up again when there is room.
 */
const CLOSING: ReadonlySet<string> = new Set([
  // Of an intent: what became of it, or that nobody knows.
  'assume.upstream_failed',
  'assume.withheld',
  'assume.unresolved',
  'assume.revoked',
  'probe.answered',
  // A person who must end a session cannot wait for an empty disk; and what such a revocation came to.
  'revoke.begun',
  'revoke.finished',
  // Of a `config.changing`: what stands.
  'config.changed',
  // Of a person's session at the page.
  'admin.signed_out',
  // Of a process; and the start of the next one, which ends what the one before it left open, with what a start cannot do without.
  'process.stop',
  'process.start',
  'process.restored',
  'secret.created',
] satisfies readonly EventType[])

export function isClosingRecord(type: string): boolean {
  return CLOSING.has(type)
}

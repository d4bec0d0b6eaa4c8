import { VendorError } from '../errors.ts'
import type { AuditLog } from '../ports.ts'
import type { Anchoring } from './anchoring.ts'

export type GoOnDeps = {
  readonly audit: Pick<AuditLog, 'append' | 'page' | 'tree'>
  readonly anchoring: Pick<Anchoring, 'conflicts'>
}
export type GoOnAsked = {
  /** The anchored checkpoint, by the SHA-256 of its note, that the log may differ from. */
  readonly fork: string | null
  readonly newKey: boolean
}

/**
 * Whether the log that was opened may be written to. One that is older than an anchor, or another one, is refused with
 * `log_rolled_back`, unless somebody names the checkpoint that is given up: then the log goes on under another origin
 * and key, so that nobody takes the two histories for one, and says so (`log.forked`). Also where the key is changed.
 */
export async function goOnWithLog({ audit, anchoring }: GoOnDeps, asked: GoOnAsked): Promise<void> {
  const finished = await finishChange(audit)
  const conflicts = await anchoring.conflicts()
  // Several anchors hold the same log up to different sizes: naming the newest names them all.
  const newest = conflicts.toSorted((a, b) => b.size - a.size)[0]
  if (newest === undefined) {
    if (asked.newKey && !finished) await changeKey(audit)
    return
  }
  if (asked.fork !== newest.sha256) throw new VendorError('log_rolled_back', { facts: { ...newest } })
  const { tree } = audit
  const next = await tree.prepareNextKey(nextOrigin(tree.keys().map(({ vkey }) => vkey)))
  const { vkey, replaces } = next
  await audit.append({ type: 'log.forked', vkey, replaces, size: tree.size(), accepted: conflicts })
  await tree.useNextKey({ ...next, handover: false })
}

/** A start that was cut after the event of another key, and before its first signature, is finished by the next. */
async function finishChange(audit: GoOnDeps['audit']): Promise<boolean> {
  const { events } = await audit.page({ types: ['log.key_rotated', 'log.forked'], limit: 1 })
  const event = events[0]?.event
  if (event?.type !== 'log.key_rotated' && event?.type !== 'log.forked') return false
  const { vkey, replaces } = event
  if (audit.tree.keys().some((one) => one.vkey === vkey)) return false
  const handover = event.type === 'log.key_rotated' && event.handover
  await audit.tree.useNextKey({ vkey, replaces, handover })
  return true
}

/** The event first, so that the key that it names never signs anything that does not contain it. */
async function changeKey(audit: GoOnDeps['audit']): Promise<void> {
  const next = await audit.tree.prepareNextKey(null)
  await audit.append({ type: 'log.key_rotated', ...next })
  await audit.tree.useNextKey(next)
}

/** `stint.example.com/log`, `stint.example.com/log/2`, …: a name that the log never had. */
function nextOrigin(vkeys: readonly string[]): string {
  const names = new Set(vkeys.map((vkey) => vkey.split('+')[0] ?? ''))
  const base = [...names][0] ?? ''
  return `${base}/${names.size + 1}`
}

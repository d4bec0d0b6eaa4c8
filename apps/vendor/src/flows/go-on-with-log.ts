import { VendorError } from '../errors.ts'
import type { AuditLog } from '../ports.ts'
import type { Anchoring } from './anchoring.ts'
import type { Conflict, LostAnchor } from './held-anchors.ts'

export type GoOnDeps = {
  readonly audit: Pick<AuditLog, 'append' | 'page' | 'tree'>
  readonly anchoring: Pick<Anchoring, 'beginAnew' | 'contradicting' | 'hold'>
  readonly sha256: (text: string) => string
}
export type GoOnAsked = {
  /** The anchored checkpoint, by the SHA-256 of its note, that the log may differ from. */
  readonly fork: string | null
  /** Anchors that have nothing any more, by the hash that the refusal named. */
  readonly lostAnchor: string | null
  readonly newKey: boolean
}

/**
 * Whether the log that was opened may be written to. One that is older than an anchor, or another one, is refused with
 * `log_rolled_back`, unless somebody names the checkpoint that is given up: then the log goes on under another origin
 * and key, so that nobody takes the two histories for one, and says so (`log.forked`). One whose anchor has nothing any more of what
 * it took is refused with `anchor_lost`, unless somebody gives that up (`log.anchor_given_up`): a log that was cut, and its
 * anchor with it, would look the same. Also where the key is changed.
 */
export async function goOnWithLog(deps: GoOnDeps, asked: GoOnAsked): Promise<void> {
  const { audit, anchoring } = deps
  const finished = await finishChange(deps)
  const { conflicts, lost } = await anchoring.hold()
  // Several anchors hold the same log up to different sizes: naming the newest names them all.
  const newest = conflicts.toSorted((a, b) => b.size - a.size)[0]
  if (newest !== undefined && asked.fork !== newest.sha256)
    throw new VendorError('log_rolled_back', { facts: { ...newest } })
  if (lost.length > 0) await giveUp(deps, lost, asked.lostAnchor)
  if (newest !== undefined) await fork(deps)
  else if (asked.newKey && !finished) await changeKey(audit)
}

async function giveUp(
  { audit, anchoring, sha256 }: GoOnDeps,
  lost: readonly LostAnchor[],
  asked: string | null,
): Promise<void> {
  // The root is of what the log itself says was written there: nobody names this hash who did not see this refusal.
  const lines = lost.map(({ anchor, size }) => `${anchor} ${size} ${rootOf(audit, size)}\n`).toSorted()
  const hash = sha256(lines.join(''))
  if (asked !== hash) {
    const anchors = lost.map(({ anchor }) => anchor).join(', ')
    const size = Math.max(...lost.map((one) => one.size))
    throw new VendorError('anchor_lost', { facts: { anchor: anchors, size, sha256: hash } })
  }
  for (const { anchor, size } of lost) await audit.append({ type: 'log.anchor_given_up', anchor, size })
  anchoring.beginAnew(lost)
}

/** A log that was cut has no such tree any more. */
function rootOf({ tree }: GoOnDeps['audit'], size: number): string {
  return size > tree.size() ? '-' : Buffer.from(tree.root(size)).toString('hex')
}

async function fork({ audit, anchoring }: GoOnDeps): Promise<void> {
  const accepted = await anchoring.contradicting()
  const { tree } = audit
  const next = await tree.prepareNextKey(nextOrigin(tree.keys().map(({ vkey }) => vkey)))
  const { vkey, replaces } = next
  await sayForked(audit, { vkey, replaces, accepted })
  await tree.useNextKey({ ...next, handover: false })
}

/** So much of one event is what is given up, in bytes of JSON. */
const MOST_NAMES_BYTES = 48_000

type Forked = { readonly vkey: string; readonly replaces: string; readonly accepted: readonly Conflict[] }

/**
 * Each is named, so that no verifier meets one that it must take for another history; in as many events as that takes,
 * the largest in the last: one that stands says that all of them do.
 */
async function sayForked(audit: GoOnDeps['audit'], { accepted, ...keys }: Forked): Promise<void> {
  const parts: Conflict[][] = [[]]
  let bytes = 0
  for (const one of accepted.toSorted((a, b) => a.size - b.size)) {
    const length = new TextEncoder().encode(JSON.stringify(one)).length
    if (bytes > 0 && bytes + length > MOST_NAMES_BYTES) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(one)
    bytes += length
  }
  const size = audit.tree.size()
  for (const [at, some] of parts.entries()) {
    const of = { size, part: at + 1, parts: parts.length }
    await audit.append({ type: 'log.forked', ...keys, ...of, accepted: some.toReversed() })
  }
}

/**
 * A start that was cut after the event of another key, and before its first signature, is finished by the next: what was
 * accepted then is, to the last of them.
 */
async function finishChange({ audit, anchoring }: GoOnDeps): Promise<boolean> {
  const { events } = await audit.page({ types: ['log.key_rotated', 'log.forked'], limit: 1 })
  const event = events[0]?.event
  if (event?.type !== 'log.key_rotated' && event?.type !== 'log.forked') return false
  const { vkey, replaces } = event
  if (audit.tree.keys().some((one) => one.vkey === vkey)) return false
  if (event.type === 'log.forked' && (event.part ?? 1) < (event.parts ?? 1)) {
    await anchoring.hold()
    await sayForked(audit, { vkey, replaces, accepted: await anchoring.contradicting() })
  }
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

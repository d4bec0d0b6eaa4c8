import type { EventType } from './audit-event.ts'
import type { ExportFormat } from './export/export-line.ts'

/** Somebody who gets every event, as the server settings name it. */
export type Sink = {
  readonly name: string
  readonly url: string
  readonly format: ExportFormat
  /** Types, or `assume.*`; empty: every one. */
  readonly types: readonly string[]
  readonly auth: { readonly kind: 'bearer' | 'signature'; readonly file: string } | null
  readonly allowPrivateAddresses: readonly string[]
  /** Where one begins that is new: at the log's first event, or at the next one. */
  readonly from: 'beginning' | 'now'
}

export function isWanted({ types }: Pick<Sink, 'types'>, type: EventType): boolean {
  return (
    types.length === 0 ||
    types.some((one) => one === type || (one.endsWith('.*') && type.startsWith(one.slice(0, -1))))
  )
}

const FIRST_MS = 1_000
const MOST_MS = 5 * 60_000
const LONGEST_ASKED_MS = 3_600_000
/** Who says 410 wants no more: asked again now and then, since what is not delivered is kept. */
const GONE_MS = 3_600_000

/**
 * How long to wait after so many failures in a row (from 1): twice as long each time up to five minutes, of which a random
 * part from a half to the whole, so that many do not come back at once; what the sink asks for counts where it is longer.
 * `random` is from 0 to 1.
 */
export function waitAfter(
  failures: number,
  { reason, retryAfterMs }: { readonly reason: string; readonly retryAfterMs: number | null },
  random: number,
): number {
  if (reason === 'http_410') return GONE_MS
  const ms = Math.min(FIRST_MS * 2 ** (failures - 1), MOST_MS)
  return Math.max(ms / 2 + (ms / 2) * random, Math.min(retryAfterMs ?? 0, LONGEST_ASKED_MS))
}

import type { StoreSnapshot } from '../domain/import/snapshot.ts'

/** What was read of a store, or in plain words why nothing was. `unavailable`: worth trying again. */
export type ReadResult =
  | { readonly ok: true; readonly snapshot: StoreSnapshot }
  | { readonly ok: false; readonly reason: 'refused' | 'unavailable' | 'unreadable'; readonly text: string }

export function notRead(reason: Extract<ReadResult, { ok: false }>['reason'], text: string): ReadResult {
  return { ok: false, reason, text }
}

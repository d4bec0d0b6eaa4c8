import type { Body, Entry } from './entry.ts'

/** A checkpoint that somebody kept: its size as the place says it, and the note. */
export type Kept = { readonly size: number; readonly note: string }

/** A log as it is verified: a bundle, or a data folder. */
export type LogSource = {
  /** Events after `from` up to `to`, of a tree of `size`. */
  readonly from: number
  readonly to: number
  readonly size: number
  /** The verifier keys that it names, oldest first. */
  readonly keys: readonly string[]
  readonly checkpoints: readonly Kept[]
  readonly anchors: readonly Kept[]
  /** Complete subtrees of what is before, and of what is after, up to `size`. */
  readonly left: readonly Uint8Array[]
  readonly right: readonly Uint8Array[]
  /** Of how many leaves each of `right` is. */
  readonly widths: readonly number[]
  /** Events of what is after that stand here with their bodies: each is a leaf of its own in `right`. */
  readonly later: readonly { readonly seq: number; readonly body: Body }[]
  /** Read once, in order. Throws LogFault. */
  entries(): Iterable<Entry>
  /** The hash that is kept of so many complete leaves that end there; undefined where none is kept, null where one is missing. */
  node(leaves: number, end: number): Uint8Array | null | undefined
  /** What else must hold once all entries did. Throws LogFault. */
  finish(): void
  close(): void
}

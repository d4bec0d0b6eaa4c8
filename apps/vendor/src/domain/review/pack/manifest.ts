import type { ReviewId } from '../../../ids.ts'
import { canonicalize } from '../../canonical.ts'

export const MANIFEST = '00-manifest.json'
export const MANIFEST_PROOF = '00-manifest.proof'

export type PackedFile = { readonly name: string; readonly bytes: number; readonly sha256: string }

/**
 * Every form that packs ever had, the newest first. A review that was packed in one is made in that one for ever: words,
 * columns and the style sheet are part of it.
 */
export const PACK_FORMATS = ['stint-pack@v3', 'stint-pack@v2', 'stint-pack@v1'] as const
export type PackFormat = (typeof PACK_FORMATS)[number]

/** What the event `review.packed` has the hash of: every file, in the order of the archive. */
export function manifestText(of: {
  readonly format: PackFormat
  readonly review: ReviewId
  /** The verifier key of the checkpoint in the pack. */
  readonly key: string
  readonly files: readonly PackedFile[]
}): string {
  return `${canonicalize(of)}\n`
}

/** An event with the proof that it is in a tree: a line of JSON that both verifiers read. */
export function provedLine(of: {
  readonly body: string
  readonly index: number
  readonly proof: readonly string[]
  /** Of the manifest's own event: the signed tree that it is in, and the key that signed it. */
  readonly note?: string
  readonly key?: string
}): string {
  return `${canonicalize(of)}\n`
}

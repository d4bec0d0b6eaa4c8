/**
 * What the writer must keep so that the commitments of one event can be read: the person's salt and the sealed values. Only
 * what is not known to be kept already. Bytes as Latin-1: texts cross to the worker at a fraction of what buffers cost.
 */
export type PersonalNote = {
  readonly bucket: string
  readonly who: string
  readonly salt: string
  readonly values: readonly (readonly [commitment: string, sealed: string])[]
  /** UTC day of the event, since 1970; FOR_EVER where retention never takes it. */
  readonly day: number
}

/** What an erasure takes: rows by their place, and those that may not be written yet by their salt. */
export type Erasure = {
  readonly do: 'erase'
  readonly salts: readonly { readonly bucket: string; readonly salt: string }[]
}

/** A day that never comes. */
export const FOR_EVER = 0x7fff_ffff

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

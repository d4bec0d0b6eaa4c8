import { hash } from 'node:crypto'

/** SHA-256 in one call of the platform: a hash object costs more than the hash of a node. */
export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

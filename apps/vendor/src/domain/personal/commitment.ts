/** What stands in an event in the place of a personal text: a keyed hash, of a form that nobody mistakes for the text. */
export type Commitment = `personal:sha256:${string}`

const PREFIX = 'personal:sha256:'
/** 32 bytes in base64url without padding (RFC 4648 §5). */
const FORM = /^personal:sha256:[A-Za-z0-9_-]{43}$/

/** Whether a value has the form of a commitment: whoever could not put the clear text in its place says "erased". */
export function isCommitment(value: unknown): value is Commitment {
  return typeof value === 'string' && value.startsWith(PREFIX) && FORM.test(value)
}

/** The commitment of 32 bytes in base64url. */
export function commitmentOf(base64url: string): Commitment {
  return `${PREFIX}${base64url}`
}

/** The 32 bytes of a commitment, in base64url. */
export function digestOf(commitment: Commitment): string {
  return commitment.slice(PREFIX.length)
}

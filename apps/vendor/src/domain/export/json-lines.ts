import type { Exported } from './exported.ts'

/** A line of our own form: the event byte for byte, so that its leaf hash can be computed from the line. */
export function jsonLine({ seq, leaf, body }: Exported): string {
  return `{"seq":${seq},"leaf":"${leaf}","event":${body}}`
}

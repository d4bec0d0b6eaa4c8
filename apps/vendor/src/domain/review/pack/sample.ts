import type { Sha256 } from '../../session-name.ts'

/** Auditors draw 25, 40 or 60 of a population: the first so many of these are such a draw. */
export const SAMPLE = 60

export type Drawn = { readonly seq: number; readonly ticket: string }

export type Draw = {
  offer(seq: number): void
  /** How many were offered. */
  readonly of: number
  /** By ticket, lowest first. */
  drawn(): readonly Drawn[]
}

/**
 * A random sample that nobody can choose and anybody can draw again: each event has a ticket, SHA-256 of
 * `<root of the sealed tree> <event's number>`, and the lowest tickets are drawn. The root was not known before the last
 * event of the review was written.
 */
export function createDraw(root: string, sha256: Sha256): Draw {
  const kept: Drawn[] = []
  let offered = 0
  return {
    offer(seq) {
      offered += 1
      const ticket = sha256(`${root} ${seq}`)
      const last = kept.at(-1)
      if (kept.length === SAMPLE && last !== undefined && ticket >= last.ticket) return
      const at = kept.findIndex((one) => ticket < one.ticket)
      kept.splice(at === -1 ? kept.length : at, 0, { seq, ticket })
      kept.length = Math.min(kept.length, SAMPLE)
    },
    get of() {
      return offered
    },
    drawn: () => kept,
  }
}

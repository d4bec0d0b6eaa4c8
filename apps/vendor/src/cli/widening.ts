import type { Widening } from '../domain/widening.ts'
import { WIDENINGS } from '../domain/widening.ts'

/** How a change lets more happen than stands, a line each, as the second person reads it. */
export function wideningLines(of: {
  readonly widens: readonly Widening[]
  readonly moreWidens: number
}): readonly string[] {
  const lines = of.widens.map(
    ({ kind, name, code }) => `! widens: ${kind} ${name}: ${WIDENINGS[code]} (${code})`,
  )
  return of.moreWidens === 0 ? lines : [...lines, `! and ${of.moreWidens} more ways`]
}

import { VendorError } from '../errors.ts'

/** Where work that is done one at a time waits. */
export type Line = {
  /** Resolves when it is this one's turn, with what ends it. Throws `overloaded` where as many wait as may. */
  turn(): Promise<() => void>
}

/** An empty line for so many beside the one whose turn it is. */
export function createLine(most: number): Line {
  let tail: Promise<void> = Promise.resolve()
  let waiting = 0
  return {
    async turn() {
      if (waiting >= most) throw new VendorError('overloaded', { facts: { waiting } })
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = tail
      tail = promise
      waiting += 1
      await before
      waiting -= 1
      return resolve
    },
  }
}

/** What must be undone if the rest fails: an `AsyncDisposableStack`, as far as we need one, which Node 22 does not have. */
export function createUndo(): AsyncDisposable & { defer(undo: () => unknown): void; move(): void } {
  const undos: (() => unknown)[] = []
  return {
    defer: (undo) => void undos.push(undo),
    /** All went well: nothing is undone. */
    move: () => void undos.splice(0),
    async [Symbol.asyncDispose]() {
      for (const undo of undos.splice(0).toReversed()) await undo()
    },
  }
}

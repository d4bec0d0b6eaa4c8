/** What is under way, so that somebody can wait for all that began before a moment. */
export type InFlight = {
  during<T>(work: () => Promise<T>): Promise<T>
  /** Resolves when everything that is under way now is over; what begins later is not waited for. */
  drained(): Promise<void>
  /** How many are under way. */
  count(): number
}

type Epoch = { count: number; readonly over: PromiseWithResolvers<void> }

/** Counts by epochs: who waits closes the one that runs, and waits for it and those before. */
export function createInFlight(): InFlight {
  let epoch: Epoch = { count: 0, over: Promise.withResolvers<void>() }
  const closed = new Set<Epoch>()
  let underWay = 0

  function left(mine: Epoch): void {
    mine.count -= 1
    underWay -= 1
    if (mine.count > 0 || mine === epoch) return
    closed.delete(mine)
    mine.over.resolve()
  }

  return {
    count: () => underWay,
    async during(work) {
      const mine = epoch
      mine.count += 1
      underWay += 1
      try {
        return await work()
      } finally {
        left(mine)
      }
    },
    async drained() {
      if (epoch.count > 0) {
        closed.add(epoch)
        epoch = { count: 0, over: Promise.withResolvers<void>() }
      }
      await Promise.all([...closed].map(({ over }) => over.promise))
    },
  }
}

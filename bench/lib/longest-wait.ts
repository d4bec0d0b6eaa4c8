const EVERY_MS = 2

/** The longest that a plain request waits until that is done, in ms: for how long something holds the service. */
export async function longestWait(url: string, until: Promise<unknown>): Promise<number> {
  let isOver = false
  const done = until.finally(() => {
    isOver = true
  })
  let longest = 0
  while (!isOver) {
    const begun = performance.now()
    await fetch(`${url}/healthz`)
    longest = Math.max(longest, performance.now() - begun)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
  await done
  return longest
}

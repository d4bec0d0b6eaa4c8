/** Long pure work, cut where others may run: whoever drives it decides when. */
export type Steps<T> = Generator<undefined, T, undefined>

/** How many small items go between two cuts: a slice of well under a millisecond. */
export const STEP_ITEMS = 200

/** Drives work to its end without a pause. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

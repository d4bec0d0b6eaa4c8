import type { Anchored } from '../ports.ts'

/** Judging one takes about a millisecond of the start: all of these a third of a second. */
const LARGEST = 128
const SAMPLES = 128

/** What is kept of a walk over an anchor. */
export type ChosenNotes = {
  see(one: Anchored): void
  /** The largest first, each once. */
  all(): readonly Anchored[]
}

/**
 * Of any number of checkpoints those that are judged: the largest, and as many again spread evenly over all of them, so
 * that what is of another history is found where it is buried as well.
 */
export function createChosenNotes(): ChosenNotes {
  let largest: Anchored[] = []
  let samples: Anchored[] = []
  let [seen, every] = [0, 1]

  /** Room for twice as many, so that sorting costs little on each. */
  function keepLargest(): void {
    const notes = new Map(largest.map((one) => [one.note, one]))
    largest = [...notes.values()].sort((a, b) => b.size - a.size).slice(0, LARGEST)
  }

  return {
    see(one) {
      largest.push(one)
      if (largest.length >= 2 * LARGEST) keepLargest()
      if (seen % every === 0) samples.push(one)
      seen += 1
      if (samples.length < 2 * SAMPLES) return
      samples = samples.filter((_one, at) => at % 2 === 0)
      every *= 2
    },
    all() {
      keepLargest()
      const notes = new Map([...largest, ...samples].map((one) => [one.note, one]))
      return [...notes.values()].sort((a, b) => b.size - a.size)
    },
  }
}

/** All of more events than that: for whoever gives them up, and has to name each. */
export function notesAbove(size: number): ChosenNotes {
  const notes = new Map<string, Anchored>()
  return {
    see(one) {
      if (one.size > size) notes.set(one.note, one)
    },
    all: () => [...notes.values()].sort((a, b) => b.size - a.size),
  }
}

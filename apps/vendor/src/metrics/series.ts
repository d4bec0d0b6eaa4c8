import { BUCKETS } from './table.ts'

export type Counter = { add(by?: number): void }
export type Histogram = { observe(seconds: number): void }
/** A line of the text format: what follows the family's name, its labels, its value. */
export type Sample = { readonly suffix: string; readonly labels: string; readonly value: number }
export type Series = { samples(): readonly Sample[] }

/** One number that only grows: adding to it is an addition. */
export function createCounter(labels: string): Counter & Series {
  let value = 0
  return {
    add(by = 1) {
      value += by
    },
    samples: () => [{ suffix: '', labels: braced(labels), value }],
  }
}

/** Counts by bucket, sum and number: one walk over sixteen bounds an observation, no allocation. */
export function createHistogram(labels: string): Histogram & Series {
  const counts = new Float64Array(BUCKETS.length + 1)
  let sum = 0
  return {
    observe(seconds) {
      let at = 0
      while (at < BUCKETS.length && seconds > (BUCKETS[at] ?? 0)) at += 1
      counts[at] = (counts[at] ?? 0) + 1
      sum += seconds
    },
    samples() {
      let total = 0
      const buckets = Array.from(counts, (count, at) => {
        total += count
        const bound = BUCKETS[at] === undefined ? '+Inf' : String(BUCKETS[at])
        const label = labels === '' ? `le="${bound}"` : `${labels},le="${bound}"`
        return { suffix: '_bucket', labels: braced(label), value: total }
      })
      const whole = braced(labels)
      return [
        ...buckets,
        { suffix: '_sum', labels: whole, value: sum },
        { suffix: '_count', labels: whole, value: total },
      ]
    },
  }
}

/** `name="value",…` with the values escaped as the text format wants. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  return names.map((name, at) => `${name}="${escaped(values[at] ?? '')}"`).join(',')
}

export function braced(labels: string): string {
  return labels === '' ? '' : `{${labels}}`
}

/** Names are slugs already; whatever comes here is bounded and on one line all the same. */
function escaped(value: string): string {
  return value.slice(0, 128).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

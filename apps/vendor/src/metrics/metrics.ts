import type { Counter, Histogram, Series } from './series.ts'
import { braced, createCounter, createHistogram, labelText } from './series.ts'
import type { Family, MetricKey } from './table.ts'
import { METRICS, MOST_SERIES } from './table.ts'

/** What a gauge is when somebody looks: the values of its labels, and the number. */
export type Reading = { readonly labels?: readonly string[]; readonly value: number }

export type Metrics = {
  /** The series of these label values; the same one every time. Keep it where the way is hot. */
  counter(key: MetricKey, ...labels: readonly string[]): Counter
  histogram(key: MetricKey, ...labels: readonly string[]): Histogram
  /** Reads a gauge, or a counter that somebody else keeps, whenever the metrics are asked for. */
  read(key: MetricKey, readings: () => readonly Reading[]): void
  /** All of them in the Prometheus text format 0.0.4. A gauge that cannot be read is left out. */
  print(): string
}

const OTHER = 'other'

/**
 * Metrics of one process. A family holds at most 256 series; what comes beyond is counted in one series whose labels
 * say `other`, so that no configuration, however large, makes an answer without bound.
 */
export function createMetrics(): Metrics {
  const kept = new Map<MetricKey, Map<string, Series>>()
  const read = new Map<MetricKey, () => readonly Reading[]>()

  function seriesOf<T extends Series>(
    key: MetricKey,
    labels: readonly string[],
    make: (text: string) => T,
  ): T {
    const family = kept.get(key) ?? new Map<string, Series>()
    kept.set(key, family)
    const names = METRICS[key].labels
    const text = labelText(names, labels)
    const found = family.get(text)
    if (found !== undefined) return found as T // a family has one kind, so one maker
    if (family.size >= MOST_SERIES && labels.some((label) => label !== OTHER)) {
      return seriesOf(
        key,
        names.map(() => OTHER),
        make,
      )
    }
    const series = make(text)
    family.set(text, series)
    return series
  }

  function linesOf(key: MetricKey): readonly string[] {
    const family: Family = METRICS[key]
    const own = [...(kept.get(key)?.values() ?? [])].flatMap((series) =>
      series.samples().map(({ suffix, labels, value }) => `${family.name}${suffix}${labels} ${value}`),
    )
    const gauges = readingsOf(read.get(key))
      .slice(0, MOST_SERIES)
      .map(({ labels = [], value }) => `${family.name}${braced(labelText(family.labels, labels))} ${value}`)
    const lines = [...own, ...gauges]
    if (lines.length === 0) return []
    return [`# HELP ${family.name} ${family.help}`, `# TYPE ${family.name} ${family.kind}`, ...lines]
  }

  return {
    counter: (key, ...labels) => seriesOf(key, labels, createCounter),
    histogram: (key, ...labels) => seriesOf(key, labels, createHistogram),
    read: (key, readings) => void read.set(key, readings),
    print() {
      const keys = Object.keys(METRICS) as MetricKey[] // the table's own keys
      return `${keys.flatMap(linesOf).join('\n')}\n`
    },
  }
}

/** One gauge that fails must not hide the others. */
function readingsOf(read: (() => readonly Reading[]) | undefined): readonly Reading[] {
  try {
    return read?.().filter(({ value }) => Number.isFinite(value)) ?? []
  } catch {
    return []
  }
}

import type { MappingUsage, ObservedNetwork, UsedBetween } from '../../domain/usage.ts'
import { VendorError } from '../../errors.ts'
import type { UsageReader } from '../../ports/usage.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { openForReading } from '../../storage/sqlite/open.ts'
import { createPersonalReader, type Reveal } from '../personal/personal-reader.ts'
import type { Slice } from './read-population.ts'
import { createPopulationReader } from './read-population.ts'
import { readNetworks, readNewNetworks, readSharedSubjects, readSubjects } from './read-seen.ts'
import { readMappingRefusals, readRefusals, readSeries } from './read-series.ts'

export type UsageReaderOptions = {
  readonly path: string
  /** The shared connection of this process, for what is short. */
  readonly connection: Connection
  /** Has the writer write what it counted. */
  readonly count: () => Promise<void>
}

/** Mappings of one turn of the event loop: a few milliseconds. */
const SLICE = 100

const NAMES = 'SELECT DISTINCT mapping FROM usage_mapping WHERE mapping > ? ORDER BY mapping LIMIT ?'
const EVER = `SELECT mapping, min(first_ms) AS firstMs, max(last_ms) AS lastMs FROM usage_mapping
  WHERE mapping > ? AND first_ms IS NOT NULL GROUP BY mapping ORDER BY mapping LIMIT ?`

/** Reads the rollups of `audit.db`, never on the connection of the writer. */
export function createUsageReader({ path, connection, count }: UsageReaderOptions): UsageReader {
  // Subjects are counted by their pseudonyms, and read in clear.
  const personal = createPersonalReader(connection)

  /** A disk that takes no write still answers what was counted before. */
  async function fresh<T>(read: () => T): Promise<T> {
    await count().catch(() => undefined)
    return readable(read)
  }

  return {
    async population(period) {
      await count().catch(() => undefined)
      // A connection of its own, because all slices are of one moment.
      const own = readable(() => openForReading(path))
      try {
        const slice = readable(() => createPopulationReader(own))
        const found = new Map<string, MappingUsage>()
        readable(() => own.exec('BEGIN'))
        for await (const names of slicesOf(own)) {
          for (const one of readable(() => slice(names, period))) found.set(one.mapping, one)
        }
        return found
      } finally {
        own.close()
      }
    },
    usage: (mapping, period) =>
      fresh(() => {
        const [found] = createPopulationReader(connection)({ first: mapping, last: mapping }, period)
        return found ?? null
      }),
    series: (of, period, step) => fresh(() => readSeries(connection, of, { period, step })),
    refusals: (period, step) => fresh(() => readRefusals(connection, period, step)),
    mappingRefusals: (period, step) => fresh(() => readMappingRefusals(connection, period, step)),
    async lastUsed() {
      await count().catch(() => undefined)
      const found = new Map<string, UsedBetween>()
      const read = readable(() => connection.prepare<[string, number], EverRow>(EVER))
      for (let after: string | null = ''; after !== null; ) {
        const rows: readonly EverRow[] = readable(() => read.all(after ?? '', SLICE * 10))
        for (const { mapping, firstMs, lastMs } of rows) found.set(mapping, { firstMs, lastMs })
        after = rows.length < SLICE * 10 ? null : (rows.at(-1)?.mapping ?? null)
        if (after !== null) await breathe()
      }
      return found
    },
    subjects: (mapping, limit) =>
      fresh(() => {
        const { text } = personal.reveal()
        return readSubjects(connection, mapping, limit).map((one) => ({ ...one, sub: text(one.sub) }))
      }),
    networks: (mapping, limit) =>
      fresh(() => readNetworks(connection, mapping, limit).map(firstInClear(personal.reveal()))),
    newNetworks: (sinceMs, limit) =>
      fresh(() => readNewNetworks(connection, sinceMs, limit).map(firstInClear(personal.reveal()))),
    sharedSubjects: (sinceMs, limit) =>
      fresh(() => {
        const { text } = personal.reveal()
        return readSharedSubjects(connection, sinceMs, limit).map((one) => ({ ...one, sub: text(one.sub) }))
      }),
  }
}

function firstInClear({ text }: Reveal) {
  return <T extends ObservedNetwork>(one: T): T => ({
    ...one,
    firstSubject: { ...one.firstSubject, sub: text(one.firstSubject.sub) },
  })
}

type EverRow = { mapping: string; firstMs: number; lastMs: number }

async function* slicesOf(connection: Connection): AsyncGenerator<Slice> {
  const names = readable(() => connection.prepare<[string, number], { mapping: string }>(NAMES))
  let after = ''
  for (;;) {
    const found = readable(() => names.all(after, SLICE))
    const [first, last] = [found[0]?.mapping, found.at(-1)?.mapping]
    if (first === undefined || last === undefined) return
    yield { first, last }
    after = last
    await breathe()
  }
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new VendorError('audit_unavailable', { cause })
  }
}

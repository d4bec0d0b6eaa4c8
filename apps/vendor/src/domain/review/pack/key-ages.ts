import type { ItemFacts } from './item-facts.ts'
import type { Cell, Part, Table } from './part.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

type Bucket = readonly [words: string, most: number]
const AGES: readonly Bucket[] = [
  ['up to 30 days', 30],
  ['up to 90 days', 90],
  ['up to 180 days', 180],
  ['up to a year', 365],
  ['older', Number.POSITIVE_INFINITY],
]
const HOURS: readonly Bucket[] = [
  ['within an hour', 1],
  ['within 4 hours', 4],
  ['within a day', 24],
  ['within 3 days', 72],
  ['within a week', 168],
  ['later', Number.POSITIVE_INFINITY],
]

/** How old the keys and credentials were when the review was prepared: each of them, and how many of which age. */
export function keyAges({ keys }: ItemFacts, preparedAt: string): readonly Table[] {
  const aged = keys.map(({ n, kind, name, since }) => {
    const days = since === null ? null : Math.floor((Date.parse(preparedAt) - Date.parse(since)) / DAY_MS)
    return { n, kind, name, since, days }
  })
  const known = aged.flatMap(({ days }) => (days === null ? [] : [days]))
  const unknown = aged.length - known.length
  const rows: (readonly Cell[])[] = [...counted(AGES, known), ['nobody can tell', unknown]]
  return [
    {
      suffix: '-keys',
      columns: ['n', 'kind', 'name', 'key since', 'days old when prepared'],
      rows: aged.map(({ n, kind, name, since, days }) => [n, kind, name, since, days]),
    },
    {
      suffix: '-key-ages',
      columns: ['age when prepared', 'keys'],
      rows,
      chart: { title: 'Age of keys and credentials when the review was prepared', label: 0, value: 1 },
    },
  ]
}

/** How long it took from the decision to revoke until it was shown to be over, of everything that was revoked. */
export function hoursToRevoke({ remedies }: ItemFacts): {
  readonly about: string
  readonly table: Table
} {
  const revoked = remedies.filter(({ verdict }) => verdict === 'revoke')
  const hours = revoked
    .flatMap(({ decidedAt, proof }) =>
      decidedAt === null || proof === null ? [] : [(Date.parse(proof.at) - Date.parse(decidedAt)) / HOUR_MS],
    )
    .toSorted((a, b) => a - b)
  const open = revoked.length - hours.length
  const at = (share: number) => (hours[Math.max(0, Math.ceil(hours.length * share) - 1)] ?? 0).toFixed(2)
  return {
    about:
      hours.length === 0
        ? `${revoked.length} decisions to revoke; none was shown to be over.`
        : `${revoked.length} decisions to revoke; ${hours.length} were shown to be over: half of them within ${at(0.5)} hours, 95 of 100 within ${at(0.95)}, the last within ${at(1)}.`,
    table: {
      suffix: '-hours',
      columns: ['from the decision to the proof', 'revocations'],
      rows: [...counted(HOURS, hours), ['not shown to be over', open]],
      chart: { title: 'Hours from the decision to revoke until it was shown to be over', label: 0, value: 1 },
    },
  }
}

function counted(buckets: readonly Bucket[], values: readonly number[]): readonly (readonly Cell[])[] {
  return buckets.map(([words, most], at) => {
    const least = buckets[at - 1]?.[1] ?? Number.NEGATIVE_INFINITY
    return [words, values.filter((value) => value > least && value <= most).length]
  })
}

/** A part with tables more, and lines more. */
export function withMore(
  part: Part,
  more: { readonly about?: readonly string[]; readonly tables: readonly Table[] },
): Part {
  return { ...part, about: [...part.about, ...(more.about ?? [])], tables: [...part.tables, ...more.tables] }
}

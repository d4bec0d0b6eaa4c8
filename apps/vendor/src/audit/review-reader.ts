import type { Actor } from '../domain/audit-event.ts'
import { personKey } from '../domain/person.ts'
import {
  firstStanding,
  ITEM_MOVES,
  ITEM_STATES,
  type ItemKind,
  type ItemStanding,
  isUndecided,
  itemAfter,
} from '../domain/review/item.ts'
import { type Counts, type Review, reviewAfter } from '../domain/review/review.ts'
import type { ReviewItem, SnapshotHead } from '../domain/review/snapshot.ts'
import type { ReviewFact } from '../domain/review-event.ts'
import { VendorError } from '../errors.ts'
import type { ReviewId } from '../ids.ts'
import type { KnownKey, LightItem, ReviewedItem, ReviewLoad, ReviewStore } from '../ports/reviews.ts'
import type { Connection } from '../storage/sqlite/open.ts'

type Reads = Omit<ReviewStore, 'stage'>
type ItemRow = {
  readonly n: number
  readonly reviewers: string
  readonly facts: string
  readonly line: string
}
type LightRow = Omit<ItemRow, 'line'> & {
  readonly kind: ItemKind
  readonly name: string
  readonly version: number
}

const ENDS = JSON.stringify(
  Object.entries(ITEM_MOVES).flatMap(([state, moves]) => (moves.length === 0 ? [state] : [])),
)
const UNDECIDED = `(${ITEM_STATES.filter(isUndecided)
  .map((state) => `'${state}'`)
  .join(', ')})`
const ITEMS = `SELECT i.n, i.reviewers, i.facts, s.line FROM review_item i
  JOIN review_snapshot s ON s.review = i.review AND s.n = i.n`

/** Reviews as they stand: read from the tables, folded from the events in them. */
export function createReviewReader(connection: Connection): Reads {
  // A person spelt otherwise is the same person here as well.
  connection.function('person_key', { deterministic: true }, (person) => personKey(String(person)))
  const reviews = connection.prepare<[Readonly<Record<string, unknown>>], { facts: string }>(
    `SELECT facts FROM review WHERE (@state IS NULL OR state = @state) AND (@before IS NULL OR id < @before)
     ORDER BY id DESC LIMIT @limit`,
  )
  const review = connection.prepare<[string], { facts: string }>('SELECT facts FROM review WHERE id = ?')
  const items = connection.prepare<[Readonly<Record<string, unknown>>], ItemRow>(
    `${ITEMS} WHERE i.review = @review AND i.n > @after AND i.risk >= @risk
       AND (@states IS NULL OR i.state IN (SELECT value FROM json_each(@states)))
       AND (@kind IS NULL OR i.kind = @kind)
       AND (@reviewer IS NULL OR i.reviewers = '[]'
         OR EXISTS (SELECT 1 FROM json_each(i.reviewers) WHERE person_key(value) = person_key(@reviewer)))
     ORDER BY i.n LIMIT @limit`,
  )
  const item = connection.prepare<[string, number], ItemRow>(`${ITEMS} WHERE i.review = ? AND i.n = ?`)
  const open = connection.prepare<[string], LightRow>(
    `SELECT n, kind, name, version, reviewers, facts FROM review_item
     WHERE review = ? AND state NOT IN (SELECT value FROM json_each('${ENDS}')) ORDER BY n`,
  )
  const counts = connection.prepare<[string], { state: string; count: number }>(
    'SELECT state, count(*) AS count FROM review_item WHERE review = ? GROUP BY state',
  )
  // An item that was restored has another state, and so has one that somebody decided on.
  const silenced = connection.prepare<[string], { name: string; taken: 0 | 1 }>(
    `SELECT name, state IN ('auto_suspended', 'auto_revoked') AS taken FROM review_item i
     WHERE kind = 'mapping' AND state IN ('auto_suspended', 'auto_revoked', 'pending', 'delegated', 'deferred')
       AND instr(facts, '"review.suspending"') > 0
       AND (SELECT max(value ->> '$.at') FROM json_each(i.facts)
            WHERE value ->> '$.type' IN ('review.suspending', 'review.suspended')) >= ?`,
  )
  const days = connection.prepare<[string], ReviewLoad['days'][number]>(
    `SELECT substr(at, 1, 10) AS day, count(*) AS decided FROM (
       SELECT (SELECT max(value ->> '$.at') FROM json_each(i.facts)
               WHERE value ->> '$.type' = 'review.decided') AS at
       FROM review_item i WHERE i.review = ? AND i.state NOT IN ${UNDECIDED})
     WHERE at IS NOT NULL GROUP BY 1 ORDER BY 1`,
  )
  const persons = connection.prepare<[string], ReviewLoad['persons'][number]>(
    `SELECT min(p.value) AS person, count(DISTINCT i.n) FILTER (WHERE i.state IN ${UNDECIDED}) AS undecided,
       count(DISTINCT i.n) FILTER (WHERE i.state NOT IN ${UNDECIDED}) AS decided
     FROM review_item i, json_each(iif(i.reviewers = '[]', '[null]', i.reviewers)) p
     WHERE i.review = ? GROUP BY iif(p.value IS NULL, NULL, person_key(p.value)) ORDER BY undecided DESC, person`,
  )
  const previous = connection.prepare<
    [string, string, string | null, string | null],
    { review: ReviewId; n: number; version: number }
  >(
    `SELECT i.review, i.n, i.version FROM review_item i
     JOIN review r ON r.id = i.review AND r.state IN ('closed', 'sealed')
     WHERE i.kind = ? AND i.name = ? AND (? IS NULL OR i.review < ?) ORDER BY i.review DESC LIMIT 1`,
  )
  const lines = connection.prepare<[string, number, number], { line: string }>(
    'SELECT line FROM review_snapshot WHERE review = ? AND n >= ? ORDER BY n LIMIT ?',
  )
  const key = connection.prepare<[string], KnownKey>(
    'SELECT asked, review, n FROM review_key WHERE sha256 = ?',
  )
  const makers = connection.prepare<[], { generation: number; author: string; approver: string | null }>(
    'SELECT generation, author, approver FROM maker',
  )
  const keys = connection.prepare<[], { target: string; at: string }>(
    `SELECT 'target/' || (body ->> '$.target') AS target, max(body ->> '$.at') AS at FROM event
     WHERE type IN ('secret.created', 'secret.rotating') AND type NOT GLOB 'assume.*'
       AND body ->> '$.target' IS NOT NULL GROUP BY 1
     UNION ALL SELECT 'issuer/' || issuer, strftime('%Y-%m-%dT%H:%M:%fZ', min(first_ms) / 1000.0, 'unixepoch')
     FROM issuer_key WHERE gone_ms IS NULL AND refused IS NULL GROUP BY 1`,
  )
  const whole = (row: { facts: string } | undefined) => (row === undefined ? null : foldReview(row.facts))
  return {
    list: async (query) => readable(() => reviews.all(query).flatMap(({ facts }) => foldReview(facts) ?? [])),
    get: async (id) => readable(() => whole(review.get(id))),
    items: async ({ states, ...query }) =>
      readable(() =>
        items.all({ ...query, states: states === null ? null : JSON.stringify(states) }).map(reviewed),
      ),
    item: async (id, n) =>
      readable(() => {
        const row = item.get(id, n)
        return row === undefined ? null : reviewed(row)
      }),
    open: async (id) => readable(() => open.all(id).map(light)),
    counts: async (id) =>
      // The states are written by the events' own type.
      readable(() => Object.fromEntries(counts.all(id).map(({ state, count }) => [state, count])) as Counts),
    silenced: async (since) =>
      readable(() => silenced.all(since).map(({ name, taken }) => ({ name, isTaken: taken === 1 }))),
    load: async (id) => readable(() => ({ days: days.all(id), persons: persons.all(id) })),
    previous: async ({ kind, name, before }) =>
      readable(() => previous.get(kind, name, before, before) ?? null),
    snapshot: async (id, { from, limit }) =>
      readable(() => lines.all(id, from, limit).map(({ line }) => line)),
    head: async (id) =>
      readable(() => {
        const [first] = lines.all(id, 0, 1)
        return first === undefined ? null : (JSON.parse(first.line) as SnapshotHead) // written by the flow that prepares
      }),
    key: async (sha256) => readable(() => key.get(sha256) ?? null),
    makers: async () =>
      readable(
        () =>
          new Map(
            makers.all().map(({ generation, author, approver }) => [
              generation,
              // Written from the event's own actors.
              {
                author: JSON.parse(author) as Actor,
                approver: approver === null ? null : (JSON.parse(approver) as Actor),
              },
            ]),
          ),
      ),
    keysSince: async () => readable(() => new Map(keys.all().map(({ target, at }) => [target, at]))),
  }
}

function foldReview(facts: string): Review | null {
  const all = JSON.parse(facts) as readonly ReviewFact[] // written by review-row.ts, from the events
  return all.reduce<Review | null>(reviewAfter, null)
}

function foldItem(reviewers: string, facts: string): ItemStanding {
  const all = JSON.parse(facts) as readonly ReviewFact[] // as above
  return all.reduce(
    (item, fact) => {
      const [own] = 'items' in fact && typeof fact.items === 'object' ? fact.items : []
      return own === undefined ? item : itemAfter(item, { fact, becomes: own.becomes, version: own.version })
    },
    firstStanding(JSON.parse(reviewers) as readonly string[]), // written as a list of texts
  )
}

function reviewed({ line, reviewers, facts }: ItemRow): ReviewedItem {
  const kept = JSON.parse(line) as ReviewItem // written by the flow that prepares
  // The detector was not kept at first.
  const findings = kept.findings.map((one) => ({ ...one, detector: one.detector ?? null }))
  const item = { ...kept, findings }
  return { item, standing: foldItem(reviewers, facts) }
}

function light({ n, kind, name, version, reviewers, facts }: LightRow): LightItem {
  return { n, kind, name, version, standing: foldItem(reviewers, facts) }
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new VendorError('audit_unavailable', { cause })
  }
}

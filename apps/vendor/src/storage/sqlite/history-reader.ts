import type { Resource } from '../../domain/resource.ts'
import type { Connection } from './open.ts'

/** How a resource came to be as it is, as far as the configuration file tells. */
export type ResourceHistory = {
  /** Since when it is enabled and, as a mapping, in force, without a break. */
  readonly inForceMs: number
  /** When its content came, and with which version: disabling and enabling brings none. */
  readonly changedMs: number
  readonly contentVersion: number
  /** The content that stands came with a change that a second person approved, or was approved since. */
  readonly approved: boolean
  /** By code, since when `accept` names it without a break. */
  readonly acceptedMs: Readonly<Record<string, number>>
}

export type Standing = {
  readonly generation: number
  readonly resources: readonly Resource[]
  /** By `kind/name`. */
  readonly history: ReadonlyMap<string, ResourceHistory>
}

type Row = {
  kind: string
  name: string
  version: number
  state: string
  body: string
  at_ms: number
  sha256: string
  approved: number
}
type OlderRow = Pick<Row, 'kind' | 'name' | 'version' | 'state' | 'sha256' | 'at_ms' | 'approved'> & {
  mode: string | null
  accept: string | null
}

/** A change is applied on the generation that it was planned on: what it brings is of the next one. */
const APPROVED = `EXISTS (SELECT 1 FROM change_request c
    WHERE c.state = 'applied' AND c.generation = v.generation - 1) AS approved`
const CURRENT = `SELECT r.kind, r.name, r.version, r.state, v.body, v.at_ms, v.sha256, ${APPROVED}
  FROM resource r JOIN resource_version v ON v.kind = r.kind AND v.name = r.name AND v.version = r.version
  ORDER BY r.kind, r.name`
/** The versions before the one that stands, newest first. */
const OLDER = `SELECT v.kind, v.name, v.version, v.state, v.at_ms, v.sha256, ${APPROVED},
    v.body ->> '$.mode' AS mode, v.body ->> '$.accept' AS accept
  FROM resource r JOIN resource_version v ON v.kind = r.kind AND v.name = r.name AND v.version < r.version
  WHERE r.version > 1 AND r.kind IN ('mapping', 'role', 'target') ORDER BY v.kind, v.name, v.version DESC`

/** Everything that stands with its history, in one transaction. */
export function readStanding(connection: Connection): Standing {
  return connection.transaction(() => {
    const rows = connection.prepare<[], Row>(CURRENT).all()
    const resources = rows.map(
      // Written by the store's apply(), from a Resource.
      ({ kind, name, version, state, body }) =>
        ({ kind, name, version, state, body: JSON.parse(body) }) as Resource,
    )
    const older = Map.groupBy(
      connection.prepare<[], OlderRow>(OLDER).all(),
      ({ kind, name }) => `${kind}/${name}`,
    )
    const history = new Map(
      rows.map((row, at) => {
        const key = `${row.kind}/${row.name}`
        return [key, historyOf(row, resources[at], older.get(key) ?? [])] as const
      }),
    )
    const generation = connection
      .prepare<[], { value: number }>('SELECT value FROM generation WHERE id = 1')
      .get()
    return { generation: generation?.value ?? 0, resources, history }
  })()
}

function historyOf(row: Row, resource: Resource | undefined, older: readonly OlderRow[]): ResourceHistory {
  const body = resource?.body
  const isMapping = row.kind === 'mapping'
  const accepted = body !== undefined && 'accept' in body ? (body.accept ?? []) : []
  const stretch = (holds: (one: OlderRow) => boolean) => {
    const broken = older.findIndex((one) => !holds(one))
    const since = older[(broken === -1 ? older.length : broken) - 1]
    return since?.at_ms ?? row.at_ms
  }
  const edited = older.findIndex(({ sha256 }) => sha256 !== row.sha256)
  const same = [row, ...older.slice(0, edited === -1 ? older.length : edited)]
  const brought = same.at(-1) ?? row
  return {
    inForceMs: stretch(({ state, mode }) => state === 'enabled' && (!isMapping || mode === 'enforce')),
    changedMs: brought.at_ms,
    contentVersion: brought.version,
    approved: same.some(({ approved }) => approved === 1),
    acceptedMs: Object.fromEntries(
      accepted.map((code) => [code, stretch(({ accept }) => (accept ?? '').includes(JSON.stringify(code)))]),
    ),
  }
}

import type { Actor } from '../../domain/audit-event.ts'
import { VendorError } from '../../errors.ts'
import type { ChangeId, RequestId } from '../../ids.ts'
import type { Approval, ChangeRequest, ChangeState, ChangeStore } from '../../ports.ts'
import { guarded } from './guarded.ts'
import type { Connection } from './open.ts'

/** Each keeps up to twice the largest body; people decide a few a day. */
const MAX_PENDING = 100

type Row = {
  readonly id: ChangeId
  readonly generation: number
  readonly hash_before: string
  readonly hash_after: string
  readonly ask_sha256: string
  readonly author: string
  readonly request: RequestId
  readonly at_ms: number
  readonly widens: string
  readonly more_widens: number
  readonly state: ChangeState
  readonly decided_by: string | null
  readonly decided_at_ms: number | null
  readonly reason: string | null
}

const COLUMNS = `id, generation, hash_before, hash_after, ask_sha256, author, request, at_ms, widens, more_widens,
  state, decided_by, decided_at_ms, reason`

/** The changes that wait, in the file of the configuration, so that one is marked applied with what it applies. */
export function createChangeStore(connection: Connection): ChangeStore {
  const pending = connection.prepare<[], { count: number }>(
    "SELECT count(*) AS count FROM change_request WHERE state = 'pending'",
  )
  const insert = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `INSERT INTO change_request (id, generation, hash_before, hash_after, ask, ask_sha256, plan, author, request,
       at_ms, widens, more_widens, state)
     VALUES (@id, @generation, @hashBefore, @hashAfter, @ask, @askSha256, @plan, @author, @request, @atMs, @widens,
       @moreWidens, 'pending')`,
  )
  const one = connection.prepare<[string], Row>(`SELECT ${COLUMNS} FROM change_request WHERE id = ?`)
  const content = connection.prepare<[string], { ask: Buffer; plan: Buffer }>(
    'SELECT ask, plan FROM change_request WHERE id = ?',
  )
  const page = connection.prepare<[Readonly<Record<string, unknown>>], Row>(
    `SELECT ${COLUMNS} FROM change_request
     WHERE (@state IS NULL OR state = @state) AND (@before IS NULL OR id < @before) ORDER BY id DESC LIMIT @limit`,
  )
  const add = connection.transaction((change: ChangeRequest, ask: Uint8Array, plan: Uint8Array) => {
    if ((pending.get()?.count ?? 0) >= MAX_PENDING)
      throw new VendorError('changes_full', { facts: { most: MAX_PENDING } })
    const { author, widens, decided: _none, ...rest } = change
    insert.run({ ...rest, author: JSON.stringify(author), widens: JSON.stringify(widens), ask, plan })
  })
  const decide = decider(connection)
  return {
    add: async (change, ask, plan) => guarded(() => add.immediate(change, ask, plan)),
    get: async (id) =>
      guarded(() => {
        const row = one.get(id)
        return row === undefined ? null : changeOf(row)
      }),
    content: async (id) => guarded(() => content.get(id) ?? null),
    list: async (query) => guarded(() => page.all(query).map(changeOf)),
    decide: async (id, as) => guarded(() => decide(id, as) === 1),
  }
}

type Decision = {
  readonly state: ChangeState
  readonly by: Actor
  readonly atMs: number
  readonly reason: string | null
}

/** Marks one that waits as decided; answers how many rows that were: one, or none where it does not wait. */
export function decider(connection: Connection): (id: ChangeId, as: Decision) => number {
  const update = connection.prepare<[Readonly<Record<string, unknown>>]>(
    `UPDATE change_request SET state = @state, decided_by = @by, decided_at_ms = @atMs, reason = @reason
     WHERE id = @id AND state = 'pending'`,
  )
  return (id, { by, ...rest }) => update.run({ id, by: JSON.stringify(by), ...rest }).changes
}

/** Marks the change that an apply was approved by, within its transaction. Throws `change_decided`. */
export function applyApproval(
  decide: ReturnType<typeof decider>,
  { change, approver }: Approval,
  atMs: number,
): void {
  if (decide(change, { state: 'applied', by: approver, atMs, reason: null }) !== 1)
    throw new VendorError('change_decided')
}

/** Written by `add` and `decide`, from what their types say. */
function changeOf(row: Row): ChangeRequest {
  return {
    id: row.id,
    generation: row.generation,
    hashBefore: row.hash_before,
    hashAfter: row.hash_after,
    askSha256: row.ask_sha256,
    author: JSON.parse(row.author) as Actor,
    request: row.request,
    atMs: row.at_ms,
    widens: JSON.parse(row.widens) as ChangeRequest['widens'],
    moreWidens: row.more_widens,
    state: row.state,
    decided:
      row.decided_by === null
        ? null
        : {
            by: JSON.parse(row.decided_by) as Actor,
            atMs: row.decided_at_ms ?? 0,
            reason: row.reason,
          },
  }
}

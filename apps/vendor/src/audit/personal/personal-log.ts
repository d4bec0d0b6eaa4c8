import type { AuditEvent } from '../../domain/audit-event.ts'
import { commitmentOf } from '../../domain/personal/commitment.ts'
import type { Person } from '../../domain/personal/person.ts'
import type { PersonalLog } from '../../ports/personal.ts'
import { readable } from '../reader.ts'
import { doingRow, type EventRow } from '../row.ts'
import type { Cloak } from './cloak.ts'
import { type Erasure, latin1 } from './notes.ts'
import type { PersonalReader } from './personal-reader.ts'
import { bucketOf, commit } from './seal.ts'

export type PersonalLogDeps = {
  /** null: events are written in clear, and what was committed to before is still kept. */
  readonly cloak: Cloak | null
  readonly reader: PersonalReader
  /** Writes the row that is made, in the turn in which it is made. */
  readonly put: (rowAt: (atMs: number) => EventRow) => Promise<unknown>
  readonly rowOf: (event: AuditEvent, atMs: number) => EventRow
  readonly wipe: () => Promise<boolean>
}

/** Why no row was made: nothing is wrong. */
class NotErased extends Error {
  readonly found: 'nothing' | 'changed'
  constructor(found: NotErased['found']) {
    super(found)
    this.found = found
  }
}

export function createPersonalLog({ cloak, reader, put, rowOf, wipe }: PersonalLogDeps): PersonalLog {
  function keptOf(of: Person) {
    const salts = reader.saltsOf(of)
    const values = new Set(reader.commitmentsOf(salts.map(({ id }) => id)).map(latin1))
    return { salts: salts.map(({ salt }): Uint8Array => salt), values }
  }

  return {
    mark: (of) => cloak?.mark(of) ?? 0,
    clear: async (text) =>
      readable(() => {
        const found = reader.reveal().text(text)
        return found === text ? null : found
      }),
    async erase(of, { of: named, actor, request, reason }, mark) {
      let confirm = (_isErased: boolean) => {}
      const done = { values: 0, subs: [] as readonly string[] }
      try {
        await put((atMs) => {
          if (cloak !== null && cloak.mark(of) !== mark) throw new NotErased('changed')
          const { salts, values } = readable(() => keptOf(of))
          // From here on nothing is committed to with what is about to be erased.
          const renewed = cloak?.renew(of)
          if (renewed !== undefined) {
            confirm = renewed.confirm
            salts.push(renewed.salt)
            for (const value of renewed.untold) values.add(latin1(value))
          }
          if (values.size === 0) throw new NotErased('nothing')
          const subs = new Set(salts.flatMap((salt) => subsBy(salt, of, values)))
          done.values = values.size
          done.subs = [...subs]
          const row = rowOf({ type: 'log.erased', of: named, ...done, actor, request, reason }, atMs)
          const bucket = latin1(bucketOf(of))
          const erasure: Erasure = {
            do: 'erase',
            salts: salts.map((salt) => ({ bucket, salt: latin1(salt) })),
          }
          return doingRow(row, erasure)
        })
      } catch (thrown) {
        confirm(false)
        if (!(thrown instanceof NotErased)) throw thrown
        return thrown.found === 'changed' ? null : { values: 0, subs: [], wiped: await wipe() }
      }
      confirm(true)
      return { ...done, wiped: await wipe() }
    },
    wipe,
  }
}

/** The commitment of the `sub` by one salt, where anything was committed to with it. */
function subsBy(salt: Uint8Array, of: Person, values: ReadonlySet<string>): readonly string[] {
  if ('day' in of) return []
  const bytes = commit(salt, 'sub', JSON.stringify(of.sub))
  return values.has(latin1(bytes)) ? [commitmentOf(bytes.toString('base64url'))] : []
}

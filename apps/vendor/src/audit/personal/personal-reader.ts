import type { RecordedEvent } from '../../domain/audit-event.ts'
import { digestOf, isCommitment } from '../../domain/personal/commitment.ts'
import { mapPersonal } from '../../domain/personal/map-personal.ts'
import type { Person } from '../../domain/personal/person.ts'
import type { ClaimValue } from '../../domain/subject.ts'
import type { Connection } from '../../storage/sqlite/open.ts'
import { bucketOf, commit, openValue, sealKeyOf, whoOf } from './seal.ts'

export type Salt = { readonly id: number; readonly salt: Buffer }

/** One look: what was read once is not read again. Short-lived, because an erasure must be seen by the next one. */
export type Reveal = {
  /** No run of the process ever wrote a commitment: nothing is to be put in place. */
  readonly isIdle: boolean
  /** The event with the clear text of each personal member that is still kept; commitments stand for what is erased. */
  event(event: RecordedEvent): RecordedEvent
  /** The same of a text that stands alone, such as a `sub` in a table that was derived from events. */
  text(text: string): string
  /** The same of the bytes of a decision, as far as whoever decides again reads them: `sub` and the values of claims. */
  decision(body: string): string
}

/** The reading side of personal members. */
export type PersonalReader = {
  reveal(): Reveal
  /** Every salt of a person: one, but where a disk failed at the wrong moment. Of one that is erased, none. */
  saltsOf(person: Person): readonly Salt[]
  /** The commitments of a `sub`, which is how events of a person are found. */
  subsOf(person: Extract<Person, { sub: string }>): readonly string[]
  /** Every commitment that is kept of these rows. */
  commitmentsOf(ids: readonly number[]): readonly Uint8Array[]
}

const VALUE = `SELECT v.sealed, p.salt FROM personal_value v JOIN person p ON p.id = v.person WHERE v.commitment = ?`
/** Members are named and texts escaped in canonical bytes, so that no text holds these words (`domain/replay/slice.ts`). */
const IN_DECISION = /"(sub|value)":"(personal:sha256:[A-Za-z0-9_-]{43})"/g
const BOOT = /"boot":"([^"\\]*)"/
/** Values of one look; a replay of a quarter meets as many. */
const MOST_AT_ONCE = 200_000

export function createPersonalReader(connection: Connection): PersonalReader {
  const value = connection.prepare<[Uint8Array], { sealed: Buffer; salt: Buffer }>(VALUE)
  const inBucket = connection.prepare<[Uint8Array], Salt & { who: Buffer }>(
    'SELECT id, who, salt FROM person WHERE bucket = ? ORDER BY id',
  )
  const ofPerson = connection
    .prepare<[number], Buffer>('SELECT commitment FROM personal_value WHERE person = ?')
    .pluck()
  const ofBoot = connection.prepare<[string], number>('SELECT 1 FROM personal_boot WHERE boot = ?').pluck()
  const anyBoot = connection.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM personal_boot)').pluck()
  /** Known before the first event of a run is written, and for good. */
  const boots = new Map<string, boolean>()

  function isCloaked(boot: string | undefined): boolean {
    if (boot === undefined) return false
    const known = boots.get(boot)
    if (known !== undefined) return known
    const found = ofBoot.get(boot) === 1
    boots.set(boot, found)
    return found
  }

  function saltsOf(person: Person): readonly Salt[] {
    const rows = inBucket.all(bucketOf(person))
    return rows
      .filter(({ who, salt }) => whoOf(salt, person).equals(who))
      .map(({ id, salt }) => ({ id, salt }))
  }

  return {
    saltsOf,
    subsOf: (person) =>
      saltsOf(person).map(
        ({ salt }) =>
          `personal:sha256:${commit(salt, 'sub', JSON.stringify(person.sub)).toString('base64url')}`,
      ),
    commitmentsOf: (ids) => ids.flatMap((id) => ofPerson.all(id)),
    reveal() {
      const isIdle = anyBoot.get() !== 1
      const known = new Map<string, string | null>()
      const keys = createSealKeys()

      /** JSON of what was committed to; null: erased, or nothing of ours. */
      function clear(digest: Buffer): string | null {
        const key = digest.toString('latin1')
        const found = known.get(key)
        if (found !== undefined) return found
        const row = value.get(digest)
        const json = row === undefined ? null : openValue(keys.of(row.salt), digest, row.sealed)
        if (known.size >= MOST_AT_ONCE) {
          known.clear()
          keys.clear()
        }
        known.set(key, json)
        return json
      }

      function jsonOf(text: string): string | null {
        return isCommitment(text) ? clear(Buffer.from(digestOf(text), 'base64url')) : null
      }

      function text(committed: string): string {
        const json = jsonOf(committed)
        const found: unknown = json === null ? committed : JSON.parse(json)
        return typeof found === 'string' ? found : committed
      }

      return {
        isIdle,
        text: (committed) => (isIdle ? committed : text(committed)),
        event(event) {
          if (isIdle || !isCloaked(event.boot)) return event
          return mapPersonal(event, {
            text: (_what, committed) => text(committed),
            digest(hex) {
              const json = clear(Buffer.from(hex, 'hex'))
              return json === null ? hex : String(JSON.parse(json))
            },
            claim(_path, committed) {
              const json = typeof committed === 'string' ? jsonOf(committed) : null
              return json === null ? committed : (JSON.parse(json) as ClaimValue) // sealed by cloak.ts
            },
          })
        },
        decision(body) {
          if (isIdle || !isCloaked(BOOT.exec(body)?.[1])) return body
          return body.replace(IN_DECISION, (whole, member, committed) => {
            const json = jsonOf(committed)
            return json === null ? whole : `"${member}":${json}`
          })
        },
      }
    },
  }
}

/** The key of each salt, made once. */
function createSealKeys() {
  const keys = new Map<string, Buffer>()
  return {
    of(salt: Buffer): Buffer {
      const name = salt.toString('latin1')
      const key = keys.get(name) ?? sealKeyOf(salt)
      keys.set(name, key)
      return key
    },
    clear: () => keys.clear(),
  }
}

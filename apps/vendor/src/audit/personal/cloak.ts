import type { RecordedEvent } from '../../domain/audit-event.ts'
import { canonicalize } from '../../domain/canonical.ts'
import { type Commitment, commitmentOf } from '../../domain/personal/commitment.ts'
import { mapPersonal } from '../../domain/personal/map-personal.ts'
import { type Person, personKey, personOf } from '../../domain/personal/person.ts'
import { createPersonalClaims } from '../../domain/personal/personal-claims.ts'
import { isKeptForEver } from '../../domain/retention.ts'
import type { Random } from '../../ports.ts'
import { FOR_EVER, latin1, type PersonalNote } from './notes.ts'
import type { PersonalReader } from './personal-reader.ts'
import { bucketOf, commit, SALT_BYTES, sealKeyOf, sealValue, whoOf } from './seal.ts'

export type Cloaked = {
  readonly event: RecordedEvent
  /** What the writer does not have yet; null: it has everything. */
  readonly note: PersonalNote | null
}

/**
 * Puts commitments in the place of personal texts before an event has bytes. One salt a person: the same text of the same
 * person is the same commitment, so that everything that counts, groups and compares goes on over the pseudonyms.
 */
export type Cloak = {
  cloak(event: RecordedEvent, atMs: number): Cloaked
  /** Once it is known whether the row with that note is on disk. */
  settled(note: PersonalNote, isWritten: boolean): void
  /** Changes with whatever rests on a person from then on: an intent, a revocation. */
  mark(person: Person): number
  /**
   * The person gets another salt from here on; answers the one that was in use. `confirm` hears whether the erasure is on
   * disk.
   */
  renew(person: Person): {
    readonly salt: Uint8Array
    /** Commitments that are on their way to the writer. */
    readonly untold: readonly Uint8Array[]
    confirm(isErased: boolean): void
  }
}

export type CloakOptions = {
  readonly random: Random
  readonly reader: Pick<PersonalReader, 'saltsOf'>
  /** Names of claims that are personal, beside `sub`. */
  readonly claims: readonly string[]
}

type KnownValue = { readonly bytes: Buffer; readonly text: Commitment; told: number }
type Known = {
  readonly salt: Uint8Array
  readonly sealKey: Uint8Array
  readonly who: string
  readonly bucket: string
  readonly values: Map<string, KnownValue>
  /** Notes that are on their way: until they are settled nobody may forget the salt. */
  underWay: number
  mark: number
}

const MAX_PERSONS = 10_000
/** Of one person; what is nobody's may have many addresses. */
const MAX_VALUES = 256
const DAY_MS = 86_400_000
/** What must not be written between the look whether anything rests on a person and its erasure. */
const BINDING: ReadonlySet<string> = new Set<RecordedEvent['type']>(['assume.intent', 'revoke.begun'])

export function createCloak({ random, reader, claims }: CloakOptions): Cloak {
  const isPersonal = createPersonalClaims(claims)
  const persons = new Map<string, Known>()
  const onTheirWay = new Map<
    PersonalNote,
    { readonly known: Known; readonly values: readonly KnownValue[] }
  >()
  let marks = 0

  function made(person: Person, salt: Uint8Array): Known {
    const place = { who: latin1(whoOf(salt, person)), bucket: latin1(bucketOf(person)) }
    marks += 1
    return { salt, sealKey: sealKeyOf(salt), ...place, values: new Map(), underWay: 0, mark: marks }
  }

  /** The one used longest ago goes first; one with notes on their way stays, or it would have two salts. */
  function keep(key: string, known: Known): void {
    if (persons.size >= MAX_PERSONS) {
      for (const [other, { underWay }] of persons) {
        if (underWay > 0) continue
        persons.delete(other)
        break
      }
    }
    persons.set(key, known)
  }

  function knownOf(person: Person): Known {
    const key = personKey(person)
    const found = persons.get(key)
    if (found !== undefined) {
      persons.delete(key)
      persons.set(key, found)
      return found
    }
    const known = made(person, reader.saltsOf(person)[0]?.salt ?? random.bytes(SALT_BYTES))
    keep(key, known)
    return known
  }

  return {
    cloak(event, atMs) {
      const today = Math.floor(atMs / DAY_MS)
      const day = isKeptForEver(event) ? FOR_EVER : today
      // Found when the first personal member is met: most types have none.
      const of: { person: Known | null } = { person: null }
      const untold: (readonly [string, string])[] = []
      const values: KnownValue[] = []

      function committed(what: string, json: string): KnownValue {
        of.person ??= knownOf(personOf(event) ?? { day: new Date(atMs).toISOString().slice(0, 10) })
        const known = of.person
        const name = `${what} ${json}`
        let value = known.values.get(name)
        if (value === undefined) {
          const bytes = commit(known.salt, what, json)
          value = { bytes, text: commitmentOf(bytes.toString('base64url')), told: -1 }
          if (known.values.size >= MAX_VALUES) known.values.clear()
          known.values.set(name, value)
        }
        if (value.told < day && !values.includes(value)) {
          values.push(value)
          untold.push([latin1(value.bytes), latin1(sealValue(known.sealKey, value.bytes, json))])
        }
        return value
      }

      const cloaked = mapPersonal(event, {
        text: (what, text) => committed(what, JSON.stringify(text)).text,
        digest: (hex) => committed('digest', JSON.stringify(hex)).bytes.toString('hex'),
        claim: (path, value) =>
          isPersonal(path, value) ? committed(claimName(path), canonicalize(value)).text : value,
      })
      const { person } = of
      if (person === null) return { event: cloaked, note: null }
      if (BINDING.has(event.type)) {
        marks += 1
        person.mark = marks
      }
      if (untold.length === 0) return { event: cloaked, note: null }
      const { bucket, who } = person
      const note = { bucket, who, salt: latin1(person.salt), values: untold, day }
      person.underWay += 1
      onTheirWay.set(note, { known: person, values })
      return { event: cloaked, note }
    },

    settled(note, isWritten) {
      const sent = onTheirWay.get(note)
      onTheirWay.delete(note)
      if (sent === undefined) return
      sent.known.underWay -= 1
      if (!isWritten) return
      for (const value of sent.values) value.told = Math.max(value.told, note.day)
    },

    mark: (person) => knownOf(person).mark,

    renew(person) {
      const key = personKey(person)
      const before = knownOf(person)
      const next = made(person, random.bytes(SALT_BYTES))
      // Held until it is known which of both salts counts.
      next.underWay += 1
      persons.delete(key)
      keep(key, next)
      return {
        salt: before.salt,
        untold: [...before.values.values()].flatMap(({ bytes, told }) => (told < 0 ? [bytes] : [])),
        confirm(isErased) {
          next.underWay -= 1
          if (!isErased && persons.get(key) === next) persons.delete(key)
        },
      }
    },
  }
}

function claimName(path: readonly string[]): string {
  return `claim ${JSON.stringify(path)}`
}

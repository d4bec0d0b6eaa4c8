import type { Connection } from '../../storage/sqlite/open.ts'
import { bytesOf, type Erasure, type PersonalNote } from './notes.ts'
import { SALT_BYTES } from './seal.ts'

/** The writing side, on the connection of the log. */
export type PersonalWriter = {
  /** Inside the transaction of the event: what its commitments are of. */
  keep(note: PersonalNote): void
  /** Inside the transaction of `log.erased`: zeros over the salts, and what they sealed is gone. */
  erase(erasure: Erasure): void
  /** That a run of the process writes commitments; before its first event. */
  begin(boot: string): void
  /** Takes what was erased out of the write-ahead log; false where a reader is in the way. */
  wipe(): boolean
  /** Lets go of what no event names any more: seen before that day last, and in no body that retention left standing. */
  sweep(beforeDay: number): void
}

const FIND = 'SELECT id FROM person WHERE bucket = ? AND salt = ?'
// The condition is that of the index, word for word.
const FREE = `SELECT id FROM person WHERE salt = X'${'00'.repeat(SALT_BYTES)}' ORDER BY id LIMIT 1`
const KEEP = `INSERT INTO personal_value VALUES (?, ?, ?, ?)
  ON CONFLICT (commitment) DO UPDATE SET seen_day = max(seen_day, excluded.seen_day)`
const HELD = 'SELECT e.body FROM pruning_held h JOIN event e ON e.seq = h.seq'
/** Of digests any hash may be one: of a held body too many are kept rather than too few. */
const COMMITMENTS = /personal:sha256:([A-Za-z0-9_-]{43})|"([0-9a-f]{64})"/g
const NOBODY = { bucket: Buffer.alloc(2), who: Buffer.alloc(SALT_BYTES), salt: Buffer.alloc(SALT_BYTES) }

/** Opens it before the first event of a run; `cloakedBoot`: the run, where it writes commitments. A disk that is full wipes nothing. */
export function openPersonal(
  connection: Connection,
  { cloakedBoot, full }: { readonly cloakedBoot: string | undefined; readonly full: boolean },
): PersonalWriter {
  // What SQLite empties when a table grows must not stay behind either.
  if (cloakedBoot !== undefined) connection.pragma('main.secure_delete = ON')
  const personal = createPersonalWriter(connection)
  if (cloakedBoot !== undefined) personal.begin(cloakedBoot)
  // What a killed process erased may stand in the write-ahead log that it left.
  if (!full) personal.wipe()
  return personal
}

function createPersonalWriter(connection: Connection): PersonalWriter {
  const find = connection.prepare<[Uint8Array, Uint8Array], number>(FIND).pluck()
  const free = connection.prepare<[], number>(FREE).pluck()
  const insert = connection.prepare('INSERT INTO person (bucket, who, salt) VALUES (?, ?, ?)')
  // All three keep their length, so that SQLite writes them over the same bytes.
  const put = connection.prepare('UPDATE person SET bucket = ?, who = ?, salt = ? WHERE id = ?')
  const keep = connection.prepare(KEEP)
  const forget = connection.prepare('DELETE FROM personal_value WHERE person = ?')
  const pend = connection.prepare('UPDATE personal_wipe SET pending = ? WHERE pending <> ?')
  const pending = connection.prepare<[], number>('SELECT pending FROM personal_wipe').pluck()
  const begin = connection.prepare('INSERT OR IGNORE INTO personal_boot VALUES (?)')

  function placeFor(note: PersonalNote): number {
    const [bucket, who, salt] = [bytesOf(note.bucket), bytesOf(note.who), bytesOf(note.salt)]
    const found = find.get(bucket, salt)
    if (found !== undefined) return found
    const place = free.get()
    if (place === undefined) return Number(insert.run(bucket, who, salt).lastInsertRowid)
    put.run(bucket, who, salt, place)
    return place
  }

  function blank(id: number): void {
    forget.run(id)
    put.run(NOBODY.bucket, NOBODY.who, NOBODY.salt, id)
    pend.run(1, 1)
  }

  return {
    keep(note) {
      const person = placeFor(note)
      for (const [commitment, sealed] of note.values)
        keep.run(bytesOf(commitment), person, bytesOf(sealed), note.day)
    },
    erase({ salts }) {
      for (const { bucket, salt } of salts) {
        const found = find.get(bytesOf(bucket), bytesOf(salt))
        if (found !== undefined) blank(found)
      }
    },
    begin: (boot) => void begin.run(boot),
    wipe() {
      if (pending.get() !== 1) return true
      // A reader in the way is not waited for: everything else that is to be written would wait as well.
      const busyMs = Number(connection.pragma('busy_timeout', { simple: true }))
      connection.pragma('busy_timeout = 0')
      try {
        if (connection.pragma('main.wal_checkpoint(TRUNCATE)', { simple: true }) !== 0) return false
      } finally {
        connection.pragma(`busy_timeout = ${busyMs}`)
      }
      // Of zeros there is nothing to wipe.
      pend.run(0, 0)
      return true
    },
    sweep: connection.transaction((beforeDay: number) => {
      const old = connection
        .prepare<[number], { commitment: Buffer; person: number }>(
          'SELECT commitment, person FROM personal_value WHERE seen_day < ?',
        )
        .all(beforeDay)
      if (old.length === 0) return
      const held = heldCommitments(connection)
      const drop = connection.prepare('DELETE FROM personal_value WHERE commitment = ?')
      const gone = old.filter(({ commitment }) => !held.has(commitment.toString('hex')))
      for (const { commitment } of gone) drop.run(commitment)
      const left = connection.prepare<[number], number>(
        'SELECT 1 FROM personal_value WHERE person = ? LIMIT 1',
      )
      for (const person of new Set(gone.map((one) => one.person)))
        if (left.get(person) === undefined) blank(person)
    }),
  }
}

/** Commitments, in hex, that stand in old events which retention keeps. */
function heldCommitments(connection: Connection): ReadonlySet<string> {
  const held = new Set<string>()
  for (const body of connection.prepare<[], string>(HELD).pluck().iterate())
    for (const [, base64url, hex] of body.matchAll(COMMITMENTS))
      held.add(hex ?? Buffer.from(base64url ?? '', 'base64url').toString('hex'))
  return held
}

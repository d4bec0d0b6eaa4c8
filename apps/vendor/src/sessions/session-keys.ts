import { hash } from 'node:crypto'
import { VendorError } from '../errors.ts'
import type { AssumptionId } from '../ids.ts'
import type { Clock, KeptSession, KeptSessions, Random } from '../ports.ts'
import { Secret } from '../secret.ts'
import { openForReading } from '../storage/sqlite/open.ts'
import type { SealingKeys } from './sealing-keys.ts'
import { daysBetween, stsSigningKeys } from './signing-keys.ts'

export type SessionKeysOptions = {
  /** The file, which exists: the audit worker writes it. */
  readonly path: string
  readonly sealing: SealingKeys
  /** Doors whose sessions may say who they are. */
  readonly doors: readonly string[]
  /** Beside these the region of the store itself. */
  readonly regions: readonly string[]
  readonly clock: Clock
  readonly random: Random
  /** Has the writer write what waits: a session is asked about in the moment after it was given. */
  readonly keep: () => Promise<void>
}

/** A signed request may be dated so much earlier or later than our clock. */
const SKEW_MS = 900_000

/** Sessions that ask more than once are opened once; some 2 KB each. */
const MOST_OPENED = 1_000

/** What is sealed. Short names: it is written for every session. */
type Content = {
  readonly r: string
  readonly n: string
  /** SHA-256 of the session token, base64. */
  readonly t: string
  /** Signing keys by `day/region`, base64. */
  readonly k: Readonly<Record<string, string>>
  /** The session policy, where it was narrowed. */
  readonly p?: string
}
type Row = {
  readonly assumption: AssumptionId
  readonly accessKeyId: string
  readonly expiresMs: number
  readonly keyId: string
  readonly sealed: Buffer
}

/**
 * What is kept of a session, for its life: keys that can check its requests to `sts` and sign nothing else, and the hash
 * of its token. Never the secret.
 */
export function createSessionKeys(options: SessionKeysOptions): KeptSessions & {
  /**
   * Forgets what it opened. Whoever ends a session calls it once that is on disk: a look into the file costs a fifth of
   * what answering costs, so a session that asks again is not looked for again.
   */
  forgetOpened(): void
} {
  const { sealing, doors, regions, clock, random, keep } = options
  const file = openForReading(options.path)
  const columns = `SELECT assumption, access_key_id AS accessKeyId, expires_ms AS expiresMs, key_id AS keyId, sealed`
  const byKey = file.prepare<[string], Row>(`${columns} FROM session_key WHERE access_key_id = ?`)
  const one = file.prepare<[string]>('SELECT 1 FROM session_key WHERE assumption = ?')

  /** By key id and digest of the token, so that a session that was not seen yet is always looked for. */
  const memo = new Map<string, KeptSession>()

  function read(accessKeyId: string, tokenSha256: string): KeptSession | null {
    for (const row of byKey.all(accessKeyId)) {
      const text = sealing.open(row.sealed, besideOf(row), row.keyId)
      const session = text === null ? null : sessionOf(row, JSON.parse(text) as Content) // sealed here
      if (session?.tokenSha256 === tokenSha256) return session
    }
    return null
  }

  function remember(key: string, session: KeptSession): void {
    const [oldest] = memo.keys()
    if (memo.size >= MOST_OPENED && oldest !== undefined) memo.delete(oldest)
    memo.set(key, session)
  }

  return {
    seal({ door, assumption, roleName, sessionName, policy, region, minted }) {
      if (!doors.includes(door)) return null
      const { accessKeyId, expiresMs } = minted
      const days = daysBetween(clock.nowMs() - SKEW_MS, expiresMs + SKEW_MS)
      const own = region === '' || regions.includes(region) ? regions : [...regions, region]
      const keys = stsSigningKeys(minted.secretAccessKey.reveal(), days, own)
      const content: Content = {
        r: roleName,
        n: sessionName,
        t: hash('sha256', minted.sessionToken.reveal(), 'base64'),
        k: Object.fromEntries(
          keys.map(([scope, key]) => [scope, Buffer.from(key, 'latin1').toString('base64')]),
        ),
        ...(policy === null ? {} : { p: policy }),
      }
      const beside = besideOf({ assumption, accessKeyId, expiresMs })
      const sealed = sealing.seal(JSON.stringify(content), beside, random.bytes(12))
      return { assumption, accessKeyId, expiresMs, keyId: sealing.id, sealed }
    },
    async find(accessKeyId, tokenSha256) {
      const key = `${accessKeyId} ${tokenSha256}`
      const known = memo.get(key)
      if (known !== undefined) return known
      let session = readable(() => read(accessKeyId, tokenSha256))
      if (session === null) {
        await keep()
        session = readable(() => read(accessKeyId, tokenSha256))
      }
      if (session !== null) remember(key, session)
      return session
    },
    isKept: (assumption) => readable(() => one.get(assumption) !== undefined),
    forgetOpened: () => memo.clear(),
    close: () => file.close(),
  }
}

function sessionOf({ assumption, accessKeyId, expiresMs }: Row, content: Content): KeptSession {
  const signingKeys = new Map(
    Object.entries(content.k).map(
      ([scope, key]) => [scope, new Secret(Buffer.from(key, 'base64').toString('latin1'))] as const,
    ),
  )
  const tokenSha256 = Buffer.from(content.t, 'base64').toString('hex')
  const { r: roleName, n: sessionName, p: policy = null } = content
  return { assumption, accessKeyId, expiresMs, roleName, sessionName, policy, tokenSha256, signingKeys }
}

/** A row that is moved to another session, or prolonged, does not open. */
function besideOf(row: Pick<Row, 'assumption' | 'accessKeyId' | 'expiresMs'>): string {
  return `session_key\n${row.assumption}\n${row.accessKeyId}\n${row.expiresMs}`
}

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new VendorError('audit_unavailable', { cause })
  }
}

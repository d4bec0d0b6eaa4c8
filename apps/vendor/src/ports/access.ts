import type { Exercised, PlaceUse, Told } from '../domain/access/exercised.ts'
import type { GhostReason } from '../domain/access/ghost.ts'
import type { Deed } from '../domain/access/store-api.ts'
import type { Secret } from '../secret.ts'

/**
 * What stores told of the use of sessions (`/v1/intake/<target>`): for people and detectors, never a record to decide by.
 * It is as whole as the store's own sending was. Reads throw `access_unavailable`.
 */
export type AccessReader = {
  /** What is granted against what was used in the last `days`; null: nothing was ever told of it, or it is not there. */
  exercised(of: ExercisedOf, days: number): Promise<Exercised | null>
  /** The same of every role that stands and whose store told of any session of it, by name. */
  exercisedRoles(days: number): Promise<ReadonlyMap<string, Exercised>>
  /** By mapping: how long after it was given a session was last used, of those that were used at all. */
  usedSeconds(days: number): Promise<ReadonlyMap<string, UsedSeconds>>
}

export type ExercisedOf = { readonly kind: 'role' | 'mapping'; readonly name: string }

export type UsedSeconds = { readonly sessions: number; readonly p50: number; readonly p95: number }

/** What came of one post of a store. */
export type Taken = {
  /** Entries that were counted now. */
  readonly accepted: number
  /** Counted before: the store sends again what it got no answer to. */
  readonly duplicates: number
  /** Of a time that no request of now can have. */
  readonly strange: number
  /** That tell of no request of anybody. */
  readonly ignored: number
  /** By the store's clock; null: none was accepted. */
  readonly newestMs: number | null
  /** Sessions that any of it was of, as they stand: at most a thousand. */
  readonly sessions: readonly TouchedSession[]
}

/** An access key as the store told of it so far. */
export type TouchedSession = {
  readonly id: number
  readonly target: string
  readonly accessKeyId: string
  readonly sub: string | null
  readonly roleArn: string | null
  readonly issuer: string | null
  readonly parent: string | null
  readonly expiresMs: number | null
  readonly firstMs: number
  readonly usedMs: number | null
  readonly uses: number
  readonly source: string
}

export type SessionLabel = {
  /** null: of no role; a session of the probe. */
  readonly role: string | null
  readonly mappings: readonly string[]
}

/** What the log says a session is. */
export type SessionMark = {
  readonly id: number
  readonly label: SessionLabel | null
  /** Granted resources of its role as the role writes them: what it did is counted under the first that fits. */
  readonly places: readonly string[]
  readonly ghost: GhostReason | null
}

/** A store whose list of sessions is asked for, and by whom. */
export type ListedStore = {
  readonly endpoint: string
  readonly allowPrivateAddresses: readonly string[]
  readonly accessKeyId: string
  readonly secret: Secret<string>
}

export type ListedSession = {
  readonly accessKeyId: string
  readonly sub: string | null
  readonly parent: string | null
  readonly expiresMs: number | null
  /** A lasting key that was made out of a session. */
  readonly lasting: boolean
}

/** `code`: the store's own, or how the call ended. */
export type Listing =
  | { readonly ok: true; readonly sessions: readonly ListedSession[] }
  | { readonly ok: false; readonly code: string }

/** One kind of access of one session to one object. */
export type StoredAccess = {
  readonly target: string
  readonly bucket: string
  /** A key, or what it begins with where `exact` is false; empty: the bucket itself. */
  readonly object: string
  readonly exact: boolean
  readonly api: string
  readonly deed: Deed
  readonly allowed: number
  readonly refused: number
  readonly firstMs: number
  readonly lastMs: number
  readonly accessKeyId: string
  readonly sub: string | null
  readonly parent: string | null
  readonly ghost: GhostReason | null
  readonly source: string
}

export type AccessQuery = {
  readonly target: string | null
  readonly bucket: string
  /** null: everything of the bucket. A key finds also what is only known to begin like it. */
  readonly key: string | null
  readonly sinceMs: number | null
  /** The `next` of the page before. */
  readonly cursor: string | null
  /** 1–500. */
  readonly limit: number
}

/**
 * The file of accesses. One thread reads and writes it, so that no question about a busy bucket holds the process: all are
 * answered in the order in which they come. Every method throws `access_unavailable` where it cannot be read or written, and
 * `overloaded` where too much waits; a vend never asks it.
 */
export type AccessStore = {
  /**
   * Reads and counts one post of a store, in a thread of its own: it is written when this resolves, and survives the end of
   * the process. Throws `body_malformed` where it is no JSON, `overloaded` where too much waits.
   */
  take(target: string, body: Uint8Array<ArrayBuffer>): Promise<Taken>
  mark(marks: readonly SessionMark[]): Promise<void>
  /** Forgets what is older than its target keeps, and what is too much. */
  purge(keepDays: Readonly<Record<string, number>>): Promise<void>
  /** Asks a store for its list, in the same thread: its answer is sealed, and opening it takes a second of a core. */
  list(store: ListedStore): Promise<Listing>
  /** Newest first. A cursor that is none is `parameter_invalid`. */
  accesses(query: AccessQuery): Promise<StoredAccesses>
  /**
   * Sessions that nobody looked at yet, and those that were used in the last hour: what a process that begins looks at
   * again. One that was found to be ours and was never used is left in peace: nothing may be left that says so.
   */
  unjudged(nowMs: number): Promise<readonly TouchedSession[]>
  /** null: it never told anything. */
  told(target: string): Promise<Told | null>
  uses(of: ExercisedOf, sinceMs: number): Promise<StoredUses>
  /** Of sessions that are over at `nowMs`: one that lives may be used later. */
  usedSeconds(sinceMs: number, nowMs: number): Promise<ReadonlyMap<string, UsedSeconds>>
  close(): Promise<void>
}

export type StoredAccesses = { readonly accesses: readonly StoredAccess[]; readonly next: string | null }
export type StoredUses = { readonly sessions: number; readonly uses: readonly PlaceUse[] }

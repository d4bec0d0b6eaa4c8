import type {
  Actor,
  AnchorVerdict,
  AuditEvent,
  ClaimedFacts,
  Door,
  EventType,
  Proof,
  RecordedEvent,
} from './domain/audit-event.ts'
import type { BreakerState } from './domain/breaker.ts'
import type { PlannedAction } from './domain/configuration-plan.ts'
import type { ImmuneTargets } from './domain/probe/rule-7.ts'
import type { Sheet, SheetHead } from './domain/probe/sheet.ts'
import type { ProbeRequest } from './domain/probe/try.ts'
import type { Problem, Resource, ResourceKind, StoredResource } from './domain/resource.ts'
import type { Revocation, Revoked } from './domain/revocation.ts'
import type { ShadowUse } from './domain/shadow.ts'
import type { Subject } from './domain/subject.ts'
import type { TargetKind } from './domain/target-kind.ts'
import type { TargetMode } from './domain/target-kinds/target-kind.ts'
import type { MetLimit } from './domain/use-limit.ts'
import type { Widening } from './domain/widening.ts'
import type { ErrorCode } from './errors.ts'
import type { AssumptionId, ChangeId, ProbeId, RequestId } from './ids.ts'
import type { FindingReader } from './ports/detect.ts'
import type { GhostLog } from './ports/ghosts.ts'
import type { LogKeeping } from './ports/log-keeping.ts'
import type { PackLog } from './ports/packs.ts'
import type { PersonalLog } from './ports/personal.ts'
import type { ReviewStore } from './ports/reviews.ts'
import type { UsageReader } from './ports/usage.ts'
import type { Secret } from './secret.ts'

/** Time is a parameter: tokens are judged by the wall clock, durations by the monotonic one. */
export type Clock = {
  /** Wall clock, milliseconds since 1970. */
  nowMs(): number
  /** Milliseconds from an arbitrary start, never going back. */
  monotonicMs(): number
}

/** Cryptographic randomness. The bytes are the caller's to keep. */
export type Random = { bytes(length: number): Uint8Array }

export type Timers = {
  /** Runs `work` once after `ms`; the answer cancels it. A timer never keeps the process alive. */
  after(ms: number, work: () => void): () => void
}

/** The process log: for operators' convenience, never the record. Facts carry no token, secret or claim value. */
export type Logger = {
  info(event: string, facts?: Readonly<Record<string, unknown>>): void
  warn(event: string, facts?: Readonly<Record<string, unknown>>): void
  error(event: string, facts?: Readonly<Record<string, unknown>>): void
}

/** A verified token, or why not: a refusal is data, and what the token claimed is bounded and unverified. */
export type Verification =
  | { readonly ok: true; readonly subject: Subject }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly issuer: string | null
      readonly claimed: ClaimedFacts
    }

export type TokenVerifier = {
  /**
   * Verifies a JWT against the configured issuers: strict form first, then issuer, key, signature, claims, times.
   * Answers synchronously where the keys are at hand and the algorithm is RS256 or ES256. Never throws: an unreadable
   * key set is the refusal `jwks_unavailable`.
   */
  verify(token: string): Verification | Promise<Verification>
}

export type MintRequest = {
  /** The `sub` that the store sees: unique per assumption. */
  readonly assumption: AssumptionId
  /** Never empty (DESIGN rule 1). */
  readonly sessionPolicy: string
  readonly lifetimeSeconds: number
  readonly storeTokenExpiresMs: number
  /** Our RoleSessionName, for stores that want one. */
  readonly sessionName: string
  /** The role's tags, for stores that take session tags. */
  readonly tags: Readonly<Record<string, string>>
  /** The token that the caller showed us: for pass-through alone. */
  readonly callerToken: Secret<string> | null
}

export type Minted = {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret<string>
  readonly sessionToken: Secret<string>
  readonly expiresMs: number
  readonly upstreamRequestId: string | null
  readonly latencyMs: number
  /** How full the session's policy and tags are, in percent, where the store says so (AWS). */
  readonly packedPolicySize?: number
}

export type Mint =
  | { readonly ok: true; readonly minted: Minted }
  | {
      readonly ok: false
      readonly code:
        | 'target_unavailable'
        | 'target_refused'
        | 'target_answer_invalid'
        | 'target_breaker_open'
        | 'secret_unusable'
        | 'overloaded'
      /** Whether a session may live at the store: the request may have reached it and its answer is not known. */
      readonly mayExist: boolean
      /** Whether the same may be asked again at once: it never reached the store, or the store was in trouble. */
      readonly retry: boolean
      readonly status: number | null
      readonly errorCode: string | null
      readonly latencyMs: number
    }

/** What one sign-in of a person is known by, from its beginning to its end: each is fresh and nobody else's. */
export type SignInSecrets = {
  readonly state: string
  readonly nonce: string
  /** PKCE (RFC 7636). */
  readonly verifier: string
}

/** A person as the provider's ID token says, verified: no token of it is kept. */
export type SignedInPerson = {
  readonly issuer: string
  readonly sub: string
  readonly authTime: string | null
  readonly acr: string | null
}

/** Sign-in of administrators by a browser: OpenID Connect, code flow with PKCE. */
export type PersonSignIn = {
  readonly issuer: string
  /** Where the browser is sent. Throws `sign_in_unavailable`. */
  begin(secrets: SignInSecrets): Promise<string>
  /**
   * Trades the code of the callback for an ID token and verifies it: signature, issuer, audience, nonce, times. Throws
   * `sign_in_refused` where anything of it is not an answer to this sign-in, `sign_in_unavailable`.
   */
  finish(callback: URL, secrets: SignInSecrets): Promise<SignedInPerson>
  close(): Promise<void>
}

export type Ending = { readonly proof: Proof; readonly detail: string }

/** A store and how to get credentials there. One instance a target; safe for concurrent use. */
export type CredentialTarget = {
  readonly name: string
  /** Whether the store is shown the caller's own token. */
  readonly showsCallerToken: boolean
  /**
   * Until when what we show the store can mint, for a session of that lifetime. `callerTokenExpiresMs` is the end of
   * the caller's own token, which counts where the store is shown that one.
   */
  storeTokenExpiresMs(nowMs: number, lifetimeSeconds: number, callerTokenExpiresMs: number): number
  /** Mints one session, in one attempt or two, bounded by its deadlines. */
  mint(request: MintRequest): Promise<Mint>
  /**
   * Ends every session of that assumption at the store, as far as its capability sheet goes. `proved` only when the
   * session's own key id is refused as unknown; without a key id the best answer is `unproved`. Idempotent.
   */
  end(assumption: AssumptionId, accessKeyId: string | null): Promise<Ending>
  /**
   * Ends every session of the target that was given before now, whoever's it is, where that is the only way that this
   * store has and this target may take it; else null. `unproved` with `denied_older` is its best answer.
   */
  readonly endOlder: (() => Promise<Ending>) | null
  /** Whether the store takes a token of the key that this signs with: mints a session that may do nothing, and dies. */
  checkKey(canary: AssumptionId): Promise<KeyStanding>
  /** What the probe asks beyond that; null where nobody has written it for this kind of store. */
  readonly probe: ProbeStore | null
  close(): Promise<void>
}

/** The keys of a session, as far as a request is signed with them. */
export type SessionKeys = Pick<Minted, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>

/** What a store answered to one question of the probe: its code, bounded and never a part of a secret; no text of it. */
export type ProbeAnswer =
  | { readonly answered: true; readonly status: number; readonly code: string | null }
  | { readonly answered: false }

/** A store as somebody hostile would use it, with sessions of the probe's own. No method throws. */
export type ProbeStore = {
  /** What it says of itself to anybody: its `Server` header; null: no answer. */
  look(): Promise<{ readonly server: string | null } | null>
  /** One request, signed by that session; the answer's body is not kept. */
  send(session: SessionKeys, request: ProbeRequest): Promise<ProbeAnswer>
  /** Whether a session lives, asked by its key id alone; null: no answer that tells. */
  touch(accessKeyId: string): Promise<'alive' | 'gone' | null>
  /**
   * Shows the store a token of ours with the parameters as they are: no policy (null), an empty one, any duration (null:
   * left out). Null where no token of ours is shown to this store.
   */
  readonly mintRaw:
    | ((request: {
        readonly assumption: AssumptionId
        readonly policy: string | null
        readonly durationSeconds: number | null
        readonly storeTokenExpiresMs: number
      }) => Promise<Mint>)
    | null
}

/** How a target stands in this process: for readiness and metrics. */
export type TargetStanding = {
  readonly target: string
  readonly kind: TargetKind
  readonly mode: TargetMode
  /** `open`: it failed so often that it is not asked; `half_open`: one call is on its way to find out. */
  readonly breaker: BreakerState
  /** Since when it is open, in ms; null where it is closed. */
  readonly openMs: number | null
  /** Mints under way, waiting, and how many may be under way at once. */
  readonly inFlight: number
  readonly waiting: number
  readonly limit: number
}

/** What a store says of a key of ours; `unknown` where it gave no answer that tells. */
export type KeyStanding = 'accepted' | 'refused' | 'unknown'

/** A new signing key for a target on its way. */
export type Rekeying = {
  /** RFC 7638, of the new key and of the one that it replaces. */
  readonly thumbprint: string
  readonly replaces: string
  /** Writes it and signs with it from then on; the old private key is gone afterwards. */
  use(): void
  /** Asks the store about the new key, and about a compromised old one, which must be refused. */
  prove(canary: AssumptionId): Promise<{
    readonly newKey: KeyStanding
    /** null where it was not compromised: a store keeps a retired key until it restarts. */
    readonly oldKey: KeyStanding | null
  }>
}

export type AuditQuery = {
  readonly types?: readonly EventType[]
  readonly assumption?: string
  readonly request?: string
  readonly issuer?: string
  readonly role?: string
  readonly mapping?: string
  readonly code?: string
  readonly fromMs?: number
  readonly toMs?: number
  /** Newest first; events with a sequence below this one. */
  readonly before?: number
  /** 1–500. */
  readonly limit: number
}

export type StoredEvent = {
  readonly seq: number
  readonly event: RecordedEvent
  /** RFC 6962 leaf hash of the RFC 8785 bytes, hex. */
  readonly leaf: string
  /** SHA-256(previous chain ‖ leaf), hex: a local guard of the tail, never mixed with a tree proof. */
  readonly chain: string
}

/** An intent whose session at the store is not known to be over or handed out. */
export type OpenIntent = {
  readonly assumption: AssumptionId
  readonly target: string
  readonly storeTokenExpiresMs: number
  readonly latestExpiryMs: number
  readonly accessKeyId: string | null
  /** Whether `assume.unresolved` or `assume.withheld` stands already. */
  readonly announced: boolean
}

/** A session that may be alive. `accessKeyId` is null where it was never learnt. */
export type LiveSession = {
  readonly assumption: AssumptionId
  readonly target: string
  readonly accessKeyId: string | null
  readonly storeTokenExpiresMs: number
  readonly latestExpiryMs: number
}

/** What is kept of a session so that it can say who it is, sealed: it stands on disk with the outcome. */
export type SealedSession = {
  readonly assumption: AssumptionId
  readonly accessKeyId: string
  readonly expiresMs: number
  readonly keyId: string
  /** Bytes as Latin-1: a text crosses to the worker at a fraction of what a view of a pooled buffer costs. */
  readonly sealed: string
}

/** The same, opened. */
export type KeptSession = {
  readonly assumption: AssumptionId
  readonly accessKeyId: string
  readonly expiresMs: number
  readonly roleName: string
  readonly sessionName: string
  /** The session policy, where the caller narrowed it. */
  readonly policy: string | null
  /** Lower-case hex. */
  readonly tokenSha256: string
  /** SigV4 keys for the service `sts` by `YYYYMMDD/region`, bytes as Latin-1: they sign nothing else. */
  readonly signingKeys: ReadonlyMap<string, Secret<string>>
}

export type KeptSessions = {
  /** What is to be kept of a session that was given at this door; null where nothing is. */
  seal(of: {
    readonly door: Door
    readonly assumption: AssumptionId
    readonly roleName: string
    readonly sessionName: string
    /** The session policy, where the caller narrowed it: it cannot be made again of the role alone. */
    readonly policy: string | null
    /** That of the store; empty: none. */
    readonly region: string
    readonly minted: Minted
  }): SealedSession | null
  /**
   * The session of this access key id and this session token (SHA-256, lower-case hex), or null: nothing that was ended,
   * purged, changed or sealed by a key that is gone. Throws `audit_unavailable`.
   */
  find(accessKeyId: string, tokenSha256: string): Promise<KeptSession | null>
  /** Whether anything is kept of it still: it was not ended. Throws `audit_unavailable`. */
  isKept(assumption: AssumptionId): boolean
  close(): void
}

export type AuditLog = LogKeeping & {
  /**
   * Appends one event. Resolves when it is on disk (one commit serves all that wait), in the order of the calls.
   * Throws `audit_unavailable`; then the event is not in the log and never will be. Later calls may succeed again. The one
   * exception has the reason `timed_out`: the disk hangs, and may take the event although nobody waits any longer. Events
   * above 65,535 bytes are refused.
   */
  append(event: AuditEvent): Promise<void>
  /**
   * Appends an intent and uses up what it uses, in one transaction; where a limit is met, `instead` of that limit is
   * appended in its place and nothing is used up. Resolves when one of both is on disk, with where it stands and the
   * limit or null. Of calls at once that use up the same thing exactly one gets it. Throws `audit_unavailable`.
   */
  appendIntent(
    intent: Extract<AuditEvent, { type: 'assume.intent' }>,
    instead: (met: MetLimit) => AuditEvent,
  ): Promise<{ readonly seq: number; readonly met: MetLimit | null }>
  /**
   * Appends the outcome of the intent that stands at `intent`, and resolves with its receipt when it is on disk, and
   * `kept` in the file of session keys. Throws `audit_unavailable`.
   */
  appendIssued(
    issued: Extract<AuditEvent, { type: 'assume.issued' }>,
    intent: number,
    kept?: SealedSession | null,
  ): Promise<Receipt>
  /** A page of events, newest first. Throws `audit_unavailable`. */
  page(query: AuditQuery): Promise<{ readonly events: readonly StoredEvent[]; readonly next: number | null }>
  /** The newest event of a type, or null. */
  last(type: EventType): Promise<StoredEvent | null>
  /**
   * What a mapping would have done while it stood in shadow, newest version first; empty where it never did. Exact
   * counts, at most ten samples an effect. Throws `audit_unavailable`.
   */
  shadowUse(mapping: string): Promise<readonly ShadowUse[]>
  /** How many sessions a mapping with `maxUses` has given, all its versions together. Throws `audit_unavailable`. */
  usesOf(mapping: string): Promise<number>
  /** Intents without an outcome, or with one that says a session may live on: what must be ended. */
  openIntents(): Promise<readonly OpenIntent[]>
  /** Newest first; `role` null: of the target itself. Sheets of probes that run are not among them. Throws `audit_unavailable`. */
  probes(query: {
    readonly target: string | null
    readonly role: string | null | undefined
    readonly before: ProbeId | null
    /** 1–100. */
    readonly limit: number
  }): Promise<readonly SheetHead[]>
  /** One sheet with its transcript, or null. Throws `audit_unavailable`. */
  probe(id: ProbeId): Promise<Sheet | null>
  /** Probes that began and did not end, each as the sheet of one that was cut: an earlier process was stopped in it. */
  openProbes(): Promise<readonly Sheet[]>
  /** Revocations that stop issue or are not finished, oldest first. Throws `audit_unavailable`. */
  revocations(): Promise<readonly Revocation[]>
  /**
   * Sessions that were given, or may have been, by intents, and are not proved to be over: a page, newest first; `next`
   * is the `before` of the following one. Throws `audit_unavailable`.
   */
  liveSessions(query: {
    readonly of: Revoked
    readonly nowMs: number
    readonly before: number | null
  }): Promise<{ readonly sessions: readonly LiveSession[]; readonly next: number | null }>
  /** What is to be kept of the sessions given so far can be read from here on. Throws `audit_unavailable`. */
  keepSessions(): Promise<void>
  /** Wipes what is kept of sessions that are over. Throws `audit_unavailable`. */
  purgeSessions(nowMs: number): Promise<void>
  /** Sessions that stores know and this log does not. */
  readonly ghosts: GhostLog
  /** Whether the last write succeeded: what `/readyz` says. */
  healthy(): boolean
  /** Reviews, which are derived from the events. */
  readonly reviews: ReviewStore
  readonly packs: PackLog
  /** Personal members of events, where they are erasable. */
  readonly personal: PersonalLog
  /** The Merkle tree over the events. */
  readonly tree: LogTree
  /** Findings of detectors, as they were announced. */
  readonly findings: FindingReader
  /** How mappings were used. */
  readonly usage: UsageReader
  /** Where the last write failed: finds out, in the background and at most once a second, whether the next would. */
  recheck(): void
  /** How many events wait for the disk. */
  waiting(): number
  close(): Promise<void>
}

/**
 * A C2SP `.tlog-proof`: that the outcome of an assumption, whose bytes are in it, stands in the tree of a signed
 * checkpoint, and that its intent stands there before it. Whoever holds one can tell whether the log was cut or changed.
 */
export type Receipt = {
  /** As it stands before the checkpoint. */
  readonly proof: string
  /** Of all outcomes that were written together, and one text for them all. The `.tlog-proof` is the one after the other. */
  readonly checkpoint: string
}

/** A signed checkpoint (C2SP tlog-checkpoint) and the number of events that it is of. */
export type Checkpoint = { readonly size: number; readonly note: string }

/** A key that takes over, as the event of it says: `handover` where the old key signs that event. */
export type NextLogKey = { readonly vkey: string; readonly replaces: string; readonly handover: boolean }

/**
 * The RFC 6962 tree of the log: leaf i is the event of sequence i + 1. Reads throw `audit_unavailable` where the file
 * cannot be read, and `audit_tampered` where a node is missing.
 */
export type LogTree = {
  /** The verifier key, where this start gave the log its first; else null. */
  readonly firstKey: string | null
  /** Signs the tree of everything that is on disk, and keeps that; the kept one where nothing was written since. */
  checkpoint(): Promise<Checkpoint>
  /** The newest that was kept, or null. */
  newest(): Checkpoint | null
  /** Events on disk. */
  size(): number
  /** The root of the tree of the first `size` events. */
  root(size: number): Uint8Array
  /** The verifier keys, oldest first, by the size from which on they sign. */
  keys(): readonly { readonly vkey: string; readonly fromSize: number }[]
  /** The `.tlog-proof` of an event in the newest kept checkpoint, with its leaf hash in hex; null where it is not in it. */
  proof(seq: number): { readonly leaf: string; readonly proof: string } | null
  /** RFC 6962 §2.1.2 between two sizes, base64; null where the log has no such sizes. */
  consistency(from: number, to: number): readonly string[] | null
  /** `width` hashes of a tile (C2SP tlog-tiles), or null where the log does not have them. */
  tile(level: number, index: number, width: number): Uint8Array<ArrayBuffer> | null
  /** `width` entries of an entry bundle (C2SP tlog-tiles), or null as above. */
  entries(index: number, width: number): Uint8Array<ArrayBuffer> | null
  /** How a checkpoint that somebody kept stands to the log: of its history, or the reason why not; null: accepted before. */
  judge(note: string): 'holds' | AnchorVerdict | null
  /** Makes the key that takes over, under another origin where one is named. Nothing signs with it yet. */
  prepareNextKey(origin: string | null): Promise<NextLogKey>
  /** From the present size on that key signs. Its event stands before. */
  useNextKey(next: NextLogKey): Promise<void>
}

/** What an anchor holds: the checkpoint, and its size as the place says it. */
export type Anchored = { readonly note: string; readonly size: number }

/**
 * A place for checkpoints outside of what whoever holds the data folder can change. A failure of it stops nothing. Both
 * calls end within their own deadline and throw `anchor_unavailable`.
 */
export type Anchor = {
  /** For people: kind and place, no secret. */
  readonly name: string
  /** Lies in the data folder: it guards the database, and each start records what it had. */
  readonly isOwn: boolean
  /**
   * Checkpoints under that name: the largest that it holds, wherever they stand, and more of those before. None where it
   * holds none, or is itself not there; `unreadable` where it cannot be read back at all. What they say is not looked at.
   * `above`: every one that is of more events, however long that takes.
   */
  read(origin: string, above?: number): Promise<readonly Anchored[] | 'unreadable'>
  /** Keeps a checkpoint. The same again is no failure. What was there before and is gone is not begun anew: that fails. */
  write(checkpoint: Checkpoint): Promise<void>
}

export type Refusals = {
  /**
   * Records a refusal and resolves with the request id to answer with. A verified subject's is durable first, but for
   * that of a spent budget. This one, and those of unverified tokens, collapse under flood: the first of (claimed
   * issuer, subject, code, source prefix) is durable before its answer; the rest are counted, answered with the id of their summary, and durable within a second.
   * Throws `audit_unavailable`.
   */
  refuse(event: Extract<AuditEvent, { type: 'assume.refused' }>): Promise<RequestId>
}

export type ResourceChange = {
  readonly kind: ResourceKind
  readonly name: string
  readonly state: 'enabled' | 'disabled'
  /** The new body, or null to keep the current one. */
  readonly body: unknown
}

/** One version of a resource, with whoever made it. */
export type ResourceVersion = {
  readonly version: number
  readonly state: 'enabled' | 'disabled'
  readonly sha256: string
  readonly author: string
  readonly atMs: number
  readonly generation: number
}

export type ResourceQuery = {
  readonly kind: ResourceKind
  /** Members of the body, or `state`, that must be this text. */
  readonly where: readonly { readonly member: string; readonly is: string }[]
  /** Names after this one. */
  readonly after: string | null
  /** 1–500. */
  readonly limit: number
}

export type Approval = { readonly change: ChangeId; readonly approver: Actor }

/** What an administrator asked for, as it came: a whole configuration, or one resource. */
export type DraftAsk =
  | { readonly of: 'configuration'; readonly body: Uint8Array<ArrayBuffer> }
  | {
      readonly of: 'resource'
      readonly kind: ResourceKind
      readonly name: string
      /** The version that it is a change of; null where there must be none yet. */
      readonly ifVersion: number | null
      /** The new declaration as JSON, or what becomes of the one that stands. */
      readonly change: Uint8Array<ArrayBuffer> | 'enable' | 'disable'
    }
  | {
      /** What becomes of several that stand, all of it or none. */
      readonly of: 'several'
      readonly kind: ResourceKind
      readonly which: readonly { readonly name: string; readonly ifVersion: number }[]
      readonly change: 'enable' | 'disable'
    }

export type ChangeState = 'pending' | 'applied' | 'rejected' | 'withdrawn'

/** A change that waits for a second person's yes, or did. */
export type ChangeRequest = {
  readonly id: ChangeId
  readonly generation: number
  readonly hashBefore: string
  readonly hashAfter: string
  readonly askSha256: string
  readonly author: Actor
  readonly request: RequestId
  readonly atMs: number
  readonly widens: readonly Widening[]
  readonly moreWidens: number
  readonly state: ChangeState
  readonly decided: { readonly by: Actor; readonly atMs: number; readonly reason: string | null } | null
}

/** The changes that wait. Each method is one atomic unit and throws `config_unavailable`. */
export type ChangeStore = {
  /** Keeps one, with what was asked and the plan that its readers see. Throws `changes_full` above 100 that wait. */
  add(change: ChangeRequest, ask: Uint8Array<ArrayBuffer>, plan: Uint8Array<ArrayBuffer>): Promise<void>
  get(id: ChangeId): Promise<ChangeRequest | null>
  /** What was asked, and the plan. */
  content(id: ChangeId): Promise<{ readonly ask: Uint8Array; readonly plan: Uint8Array } | null>
  /** Newest first, older than `before`. */
  list(query: {
    readonly state: ChangeState | null
    readonly before: ChangeId | null
    readonly limit: number
  }): Promise<readonly ChangeRequest[]>
  /** Marks one that waits as decided without applying it; false where it does not wait any more. */
  decide(
    id: ChangeId,
    as: {
      readonly state: 'rejected' | 'withdrawn'
      readonly by: Actor
      readonly atMs: number
      readonly reason: string | null
    },
  ): Promise<boolean>
}

export type ResourceState = { readonly generation: number; readonly resources: readonly StoredResource[] }

/** The configuration file. Each method is one atomic unit. */
export type ResourceStore = {
  /** All current versions, enabled and disabled, by kind and name. Throws `config_unavailable`. */
  current(): Promise<ResourceState>
  /**
   * All versions that stood at that generation, enabled and disabled; of the mappings those of that issuer or for that
   * role (null: all), so that one question reads no configuration of a hundred thousand whole. Throws
   * `config_unavailable`.
   */
  at(
    generation: number,
    of: { readonly issuer: string; readonly role: string | null },
  ): Promise<readonly Resource[]>
  /**
   * Applies all changes in one transaction and raises the generation by one; nothing is half applied. Throws
   * `configuration_conflict` where the generation is not the expected one, `config_unavailable`.
   */
  apply(input: {
    readonly expectedGeneration: number
    readonly changes: readonly ResourceChange[]
    readonly author: string
    readonly atMs: number
    /** The change that waited for this: it is marked applied in the same transaction. */
    readonly approval?: Approval
  }): Promise<{ readonly generation: number }>
  /** One resource as it stands, or null. Throws `config_unavailable`. */
  get(kind: ResourceKind, name: string): Promise<(StoredResource & ResourceVersion) | null>
  /** A page of a kind, by name. Throws `config_unavailable`. */
  list(query: ResourceQuery): Promise<readonly (StoredResource & ResourceVersion)[]>
  /** Versions of one resource below `before`, newest first. Throws `config_unavailable`. */
  versions(
    kind: ResourceKind,
    name: string,
    page: { readonly before: number | null; readonly limit: number },
  ): Promise<readonly ResourceVersion[]>
  /** One version as it stood, or null. Throws `config_unavailable`. */
  version(
    kind: ResourceKind,
    name: string,
    version: number,
  ): Promise<(StoredResource & ResourceVersion) | null>
  /** The generation that stands. Throws `config_unavailable`. */
  generation(): Promise<number>
  /**
   * Which of these pinned resources are no longer enabled at that version. Cheap where the generation is still the
   * same: one read. Looked at in the tick of the answer (DESIGN §2, stop 7).
   */
  changedSince(
    generation: number,
    pins: readonly { readonly kind: ResourceKind; readonly name: string; readonly version: number }[],
  ): Promise<readonly { readonly kind: ResourceKind; readonly name: string }[]>
  close(): Promise<void>
}

/** What of a plan decides what happens next; everything else of it is in `Drafted.answer`. */
export type PlanHead = {
  readonly generation: number
  readonly hashBefore: string
  readonly hashAfter: string
  readonly changes: number
  /** The first of them, errors before warnings. */
  readonly problems: readonly Problem[]
  /** How many there are beside those. */
  readonly moreProblems: number
  /** The first of the ways in which it lets more happen than stands. */
  readonly widens: readonly Widening[]
  readonly moreWidens: number
  /** SHA-256 of what was asked, as it is kept where it waits. */
  readonly askSha256: string
}

export type ChangeFacts = {
  readonly kind: ResourceKind
  readonly name: string
  readonly version: number
  readonly action: PlannedAction
  readonly sha256: string
}

/** A configuration as it was sent, planned on what stands, before any of it stands. It is closed by whoever asked. */
export type Drafted = {
  readonly expectedGeneration: number | null
  readonly head: PlanHead
  /** Changed resources as they would stand, from a place on: as many as one turn of the event loop carries, or none. */
  resources(from: number): Promise<readonly Resource[]>
  /** What changes, in the order of the content, from a place on; none at the end. */
  changes(from: number): Promise<readonly ChangeFacts[]>
  /** The plan as JSON in UTF-8, with these members at its end. */
  answer(more: Readonly<Record<string, unknown>>): Promise<Uint8Array<ArrayBuffer>>
  /** Keeps it with the plan, for a second person: `ChangeStore.add`, with its codes. */
  keep(change: ChangeRequest): Promise<void>
  /** Applies it: `ResourceStore.apply`, with its codes. Whoever cannot hear the answer asks the store what stands. */
  commit(by: { readonly author: string; readonly atMs: number; readonly approval?: Approval }): Promise<void>
  close(): Promise<void>
}

/** Where configurations are read and planned. However large one is, the event loop is never held by it for long. */
export type ConfigurationDesk = {
  /**
   * Reads what was asked and plans it; roles may rest on conditions only at these targets (DESIGN rule 7). Throws `body_malformed`, `parameter_invalid`, `not_found` and `version_conflict`
   * (of one resource), `config_unavailable`, and `overloaded` where too many wait.
   */
  draft(ask: DraftAsk, immune: ImmuneTargets): Promise<Drafted>
  close(): Promise<void>
}

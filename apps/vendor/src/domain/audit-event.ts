import type { ErrorCode } from '../errors.ts'
import type { AssumptionId, ChangeId, ProbeId, RequestId, RevocationId } from '../ids.ts'
import type { GhostEvent } from './access/ghost-event.ts'
import { GHOST_EVENT_TYPES } from './access/ghost-event.ts'
import type { FindingEvent } from './finding-event.ts'
import { FINDING_EVENT_TYPES } from './finding-event.ts'
import type { LogKeepingEvent } from './log-event.ts'
import type { ProbedStore, ProbeTrigger, Sheet } from './probe/sheet.ts'
import { REVIEW_EVENT_TYPES, type ReviewEvent } from './review-event.ts'
import type { Revoked } from './revocation.ts'
import { SIGN_IN_EVENT_TYPES, type SignInEvent } from './sign-in-event.ts'
import type { ClaimPath, ClaimValue } from './subject.ts'
import type { Use } from './use-limit.ts'
import type { Widening } from './widening.ts'

/** The closed list of event types. A name once released stands for ever (DESIGN rule 15). */
export const EVENT_TYPES = [
  'assume.intent',
  'assume.issued',
  'assume.redelivered',
  'assume.upstream_failed',
  'assume.withheld',
  'assume.unresolved',
  'assume.refused',
  'assume.refused_summary',
  'assume.revoked',
  'config.changing',
  'config.changed',
  'config.exception',
  'change.asked',
  'change.approved',
  'change.rejected',
  'change.withdrawn',
  'revoke.begun',
  'revoke.finished',
  'revoke.lifted',
  'probe.begun',
  'probe.intent',
  'probe.answered',
  'probe.finished',
  ...GHOST_EVENT_TYPES,
  ...REVIEW_EVENT_TYPES,
  'jwks.key_added',
  'jwks.key_removed',
  'jwks.key_refused',
  'jwks.stale_used',
  'jwks.fetch_failed',
  'jwks.refreshed',
  'target.breaker_opened',
  'target.breaker_closed',
  'secret.created',
  'secret.rotating',
  'secret.rotated',
  'admin.refused',
  ...SIGN_IN_EVENT_TYPES,
  ...FINDING_EVENT_TYPES,
  'log.key_rotated',
  'log.forked',
  'log.anchor_failed',
  'log.anchored',
  'log.anchor_given_up',
  'log.pruned',
  'log.erased',
  'log.sink_failed',
  'log.sink_recovered',
  'clock.step',
  'process.restored',
  'process.start',
  'process.stop',
] as const
export type EventType = (typeof EVENT_TYPES)[number]

/** `process` is the container door with `?format=process`. */
export type Door = 'token' | 'sts' | 'container' | 'process' | 'admin'

/** A pinned version of a configuration noun. */
export type Pin = { readonly name: string; readonly version: number }

/** Where a request came from, after trusted proxies were taken off. */
export type Source = {
  readonly ip: string
  /** The trusted proxies that were believed, nearest first. */
  readonly proxies: readonly string[]
  /** At most 128 characters. */
  readonly userAgent: string | null
}

/** What was decided, before anything is minted. Its bytes are the same whichever door was used. */
export type Decision = {
  readonly outcome: 'granted' | 'refused'
  /** null where it was granted. */
  readonly code: ErrorCode | null
  readonly generation: number
  readonly roleAsked: string | null
  readonly role: Pin | null
  readonly target: Pin | null
  /** Every enforced mapping that matched. */
  readonly mappings: readonly Pin[]
  /** Every shadow mapping of the role and what it would have done; where they are over 100, those that could match. */
  readonly shadow: readonly (Pin & {
    readonly would: 'match' | 'not_match'
    /** Where it matched: the code that the request would be refused with, were it in force. Left out: granted. */
    readonly refused?: ErrorCode
  })[]
  readonly policies: readonly { readonly use: string; readonly sha256: string }[]
  /** How the caller narrowed it; null: it did not ask. */
  readonly narrowedBy: NarrowedBy | null
  readonly sessionPolicySha256: string | null
  readonly lifetime: { readonly askedSeconds: number | null; readonly givenSeconds: number | null }
}

/** What a caller asked its session to be narrowed to: never the text, which may name what nobody else should read. */
export type NarrowedBy = {
  /** SHA-256 of each document as it was sent. */
  readonly documents: readonly string[]
  /** Each policy that it named, as it named it; null: the configuration has none to use under that name. */
  readonly policies: readonly { readonly use: string; readonly sha256: string | null }[]
  /** Why it was refused and where: the policy engine's code and the path in what was sent. */
  readonly refused: { readonly code: string; readonly path: string } | null
}

/** Who asked, as far as the token was verified. */
export type SubjectFacts = {
  readonly issuer: { readonly name: string; readonly url: string }
  readonly sub: string
  readonly aud: readonly string[]
  readonly azp: string | null
  readonly jti: string | null
  /** Only the claims that a mapping or preset of that issuer names (DESIGN rule 10). */
  readonly claims: readonly { readonly path: ClaimPath; readonly value: ClaimValue }[]
  readonly token: {
    readonly digest: string
    readonly alg: string
    readonly kid: string | null
    readonly thumbprint: string
  }
}

type Request = { readonly request: RequestId; readonly door: Door; readonly source: Source }

/** What a token that failed claimed: never verified, bounded in length. */
export type ClaimedFacts = {
  readonly issuer: string | null
  readonly alg: string | null
  readonly kid: string | null
  readonly digest: string | null
}

/** How far the end of a session at the store is known (DESIGN §5). */
export type Proof = 'proved' | 'unproved' | 'failed'

export type AuditEvent =
  | SignInEvent
  | (Request & {
      readonly type: 'assume.intent'
      readonly assumption: AssumptionId
      readonly subject: SubjectFacts
      readonly decision: Decision
      /** What this intent used up of its mappings' limits, for good. */
      readonly uses: readonly Use[]
      readonly sessionName: string
      readonly claimedSessionName: string | null
      /** Where it was assumed from a session of ours: that session last, and before it those that it came from. */
      readonly chain?: readonly AssumptionId[]
      /** The store token dies at this instant; until then a lost request can still mint. */
      readonly storeTokenExpires: string
      /** No session of this assumption lives longer. */
      readonly latestExpiry: string
    })
  | {
      readonly type: 'assume.issued'
      readonly assumption: AssumptionId
      readonly request: RequestId
      readonly target: string
      readonly accessKeyId: string
      readonly expires: string
      readonly upstream: {
        readonly requestId: string | null
        readonly latencyMs: number
        /** In percent, where the store says so (AWS). */
        readonly packedPolicySize?: number
      }
    }
  | (Request & {
      /** An identical request got the session of this assumption again (`replay` of the role). */
      readonly type: 'assume.redelivered'
      readonly assumption: AssumptionId
      readonly subject: SubjectFacts
      readonly decision: Decision
      readonly target: string
      readonly accessKeyId: string
      readonly expires: string
      readonly claimedSessionName: string | null
    })
  | {
      readonly type: 'assume.upstream_failed'
      readonly assumption: AssumptionId
      readonly request: RequestId
      readonly target: string
      readonly code: ErrorCode
      /** Whether the store may hold a session of it: then it is ended by the same sub. */
      readonly mayExist: boolean
      readonly upstream: {
        readonly status: number | null
        readonly errorCode: string | null
        readonly latencyMs: number
      }
    }
  | {
      readonly type: 'assume.withheld'
      readonly assumption: AssumptionId
      readonly request: RequestId
      readonly target: string
      readonly code: ErrorCode
      readonly accessKeyId: string
      readonly expires: string
      readonly storeTokenExpires: string
      /** What changed between the look-up and the answer. */
      readonly changed: readonly { readonly kind: string; readonly name: string }[]
    }
  | {
      readonly type: 'assume.unresolved'
      readonly assumption: AssumptionId
      readonly target: string
      readonly reason: 'process_ended' | 'upstream_failed' | 'outcome_not_written'
      readonly latestExpiry: string
    }
  | {
      readonly type: 'assume.revoked'
      readonly assumption: AssumptionId
      readonly target: string
      readonly accessKeyId: string | null
      readonly proof: Proof
      readonly detail: string
      readonly latestExpiry: string
      readonly storeTokenExpires: string
      /** False where the store token still lives, and a second attempt follows after its exp. */
      readonly final: boolean
    }
  | (Request & {
      readonly type: 'assume.refused'
      readonly assumption: AssumptionId
      readonly code: ErrorCode
      /** null where the token was not verified; then `claimed` says what it said. */
      readonly subject: SubjectFacts | null
      readonly claimed: ClaimedFacts | null
      readonly decision: Decision | null
      readonly claimedSessionName: string | null
    })
  | {
      readonly type: 'assume.refused_summary'
      /** The request id that every refusal of this summary was answered with. */
      readonly request: RequestId
      readonly code: ErrorCode
      readonly claimedIssuer: string | null
      /** The verified subject that all of them are of; null where no token of theirs was verified. */
      readonly subject: { readonly issuer: string; readonly sub: string } | null
      readonly sourcePrefix: string
      readonly count: number
      readonly first: string
      readonly last: string
      readonly samples: readonly {
        readonly source: Source
        readonly claimed: ClaimedFacts
        readonly at: string
      }[]
    }
  | {
      readonly type: 'config.changing'
      readonly generation: number
      readonly hashBefore: string
      readonly hashAfter: string
      readonly actor: Actor
      readonly request: RequestId | null
      /** The second person's yes to exactly this, where it needed one. */
      readonly approval: { readonly change: ChangeId; readonly approver: Actor } | null
      /** A change of many resources is several events of the same hashes, each a part of the list: from 1. */
      readonly part: number
      readonly parts: number
      readonly changes: readonly {
        readonly kind: string
        readonly name: string
        readonly version: number
        readonly action: string
        readonly sha256: string
      }[]
    }
  | {
      readonly type: 'config.changed'
      readonly generation: number
      readonly hashBefore: string
      readonly hashAfter: string
      readonly recovered: boolean
    }
  | { readonly type: 'config.exception'; readonly acceptedHash: string; readonly expectedHash: string | null }
  | {
      /** A change that widens was asked for; nothing of it stands. */
      readonly type: 'change.asked'
      readonly change: ChangeId
      readonly request: RequestId
      readonly actor: Actor
      readonly generation: number
      readonly hashBefore: string
      readonly hashAfter: string
      /** SHA-256 of what was asked, byte for byte as it waits. */
      readonly askSha256: string
      /** Of the plan as a second person reads it. */
      readonly planSha256: string
      /** The first hundred of the ways in which it widens, and how many there are beside them. */
      readonly widens: readonly Widening[]
      readonly moreWidens: number
    }
  | {
      readonly type: 'change.approved' | 'change.rejected' | 'change.withdrawn'
      readonly change: ChangeId
      readonly request: RequestId
      readonly actor: Actor
      readonly author: Actor
      readonly generation: number
      readonly hashAfter: string
      /** What the person said about it. */
      readonly reason: string | null
    }
  | {
      /** Somebody ends what was given. Where it is locked, nothing of it is given any more from this event on. */
      readonly type: 'revoke.begun'
      readonly revocation: RevocationId
      readonly of: Revoked
      readonly actor: Actor
      readonly request: RequestId
      readonly reason: string
      readonly locked: boolean
    }
  | {
      readonly type: 'revoke.finished'
      readonly revocation: RevocationId
      readonly of: Revoked
      readonly actor: Actor
      /** null where a later process finished it. */
      readonly request: RequestId | null
      readonly sessions: number
      readonly proved: number
      /** The first hundred that are not proved to be over, those that live longest first. */
      readonly unproved: readonly {
        readonly assumption: string
        readonly target: string
        readonly latestExpiry: string
        readonly detail: string
      }[]
      readonly moreUnproved: number
      /** Targets of which every session given before is denied, whoever's it is. */
      readonly deniedOlder: readonly string[]
      /** From the call until issue was stopped, and until the last session's own key id was refused. */
      readonly stoppedMs: number
      readonly lastMs: number | null
    }
  | {
      readonly type: 'revoke.lifted'
      readonly revocation: RevocationId
      readonly of: Revoked
      readonly actor: Actor
      readonly request: RequestId
      readonly reason: string
    }
  | {
      /** A target, or one of its roles, is tried at the real store; what came of it stands in `probe.finished`. */
      readonly type: 'probe.begun'
      readonly probe: ProbeId
      readonly target: Pin
      readonly role: Pin | null
      readonly store: ProbedStore
      readonly trigger: ProbeTrigger
      /** null where nobody asked. */
      readonly actor: Actor | null
      readonly request: RequestId | null
    }
  | {
      /** The probe is about to mint: an intent like that of an exchange, of a subject that nobody is. */
      readonly type: 'probe.intent'
      readonly probe: ProbeId
      readonly assumption: AssumptionId
      readonly target: string
      /** The try that it is for. */
      readonly try: string
      readonly storeTokenExpires: string
      readonly latestExpiry: string
    }
  | {
      readonly type: 'probe.answered'
      readonly probe: ProbeId
      readonly assumption: AssumptionId
      readonly target: string
      /** null where no session was given. */
      readonly accessKeyId: string | null
      readonly expires: string | null
      /** Whether the store may hold a session of it all the same. */
      readonly mayExist: boolean
      readonly storeTokenExpires: string
      readonly upstream: {
        readonly status: number | null
        readonly errorCode: string | null
        readonly latencyMs: number
      }
    }
  | (Sheet & { readonly type: 'probe.finished' })
  | GhostEvent
  | ReviewEvent
  | {
      readonly type: 'jwks.key_added' | 'jwks.key_removed'
      readonly issuer: string
      readonly kid: string | null
      readonly thumbprint: string
    }
  | {
      readonly type: 'jwks.key_refused'
      readonly issuer: string
      readonly kid: string | null
      readonly reason: string
    }
  | {
      readonly type: 'jwks.stale_used'
      readonly issuer: string
      readonly since: string
      readonly until: string
    }
  | {
      /** The keys of an issuer could not be read. One event for each reason of a period of failure, not for each attempt. */
      readonly type: 'jwks.fetch_failed'
      readonly issuer: string
      /** Of a closed list of the key set reader, such as `discovery_names_another_issuer` or `jwks_too_large`. */
      readonly reason: string
    }
  | {
      /** The first good read after a period of failure. */
      readonly type: 'jwks.refreshed'
      readonly issuer: string
      readonly failedSince: string
      readonly failures: number
    }
  | {
      /** A store failed so often that it is not asked for a while; of the last ten seconds. */
      readonly type: 'target.breaker_opened'
      readonly target: string
      readonly calls: number
      readonly failures: number
    }
  | { readonly type: 'target.breaker_closed'; readonly target: string; readonly openMs: number }
  | {
      readonly type: 'secret.created'
      readonly purpose: string
      readonly target: string | null
      readonly thumbprint: string | null
    }
  | {
      /** A target gets a new signing key; what the store says of it stands in `secret.rotated`. */
      readonly type: 'secret.rotating'
      readonly target: string
      readonly thumbprint: string
      readonly replaces: string
      readonly compromised: boolean
      readonly actor: Actor
      readonly request: RequestId
      readonly reason: string
    }
  | {
      readonly type: 'secret.rotated'
      readonly target: string
      readonly thumbprint: string
      readonly request: RequestId
      /** The `sub` with which the store was asked. */
      readonly canary: AssumptionId
      readonly newKey: 'accepted' | 'refused' | 'unknown'
      readonly oldKey: 'accepted' | 'refused' | 'unknown' | null
    }
  | (Request & {
      readonly type: 'admin.refused'
      readonly code: ErrorCode
      readonly operation: string
      readonly claimed: ClaimedFacts | null
      readonly subject: Actor | null
    })
  | {
      /** Another key signs checkpoints from the next one on that covers this event. */
      readonly type: 'log.key_rotated'
      readonly vkey: string
      readonly replaces: string
      /** Whether the key that it replaces signs a checkpoint that covers this event: then it vouches for the new one. */
      readonly handover: boolean
    }
  | {
      /** Somebody said that the log goes on although anchors hold another one: a new origin, a new key. */
      readonly type: 'log.forked'
      readonly vkey: string
      readonly replaces: string
      /** Events before the first of its parts. */
      readonly size: number
      /** From 1; left out: it has one. */
      readonly part?: number
      readonly parts?: number
      readonly accepted: readonly {
        readonly anchor: string
        readonly size: number
        readonly sha256: string
        readonly reason: AnchorVerdict
      }[]
    }
  | {
      /** The first failure of a period, not each. */
      readonly type: 'log.anchor_failed'
      readonly anchor: string
      readonly reason: string
    }
  | {
      /** The first success of an anchor, or the first after a period of failure: from here on it must hold that. */
      readonly type: 'log.anchored'
      readonly anchor: string
      readonly size: number
      /** null: the first of all. */
      readonly failedSince: string | null
    }
  | {
      /** Somebody said that the log goes on although this anchor has nothing any more of what it took. */
      readonly type: 'log.anchor_given_up'
      readonly anchor: string
      /** Of the checkpoint that it is known to have had. */
      readonly size: number
    }
  | {
      /** The data folder is that of a backup: what was recorded after it is not in this log. */
      readonly type: 'process.restored'
      readonly backupAt: string
      /** The newest event of the backup, and the hash of the chain there. */
      readonly seq: number
      readonly chain: string
    }
  | {
      readonly type: 'process.start'
      readonly version: string
      readonly settingsHash: string
      readonly weakened: readonly string[]
      readonly configuration: { readonly generation: number; readonly hash: string }
      /** Of the checkpoint that lay beside the keys: the next start must find it, or a larger one. */
      readonly signed?: number | null
    }
  | { readonly type: 'process.stop'; readonly reason: string }
  | FindingEvent
  | LogKeepingEvent

/**
 * How an anchored checkpoint stands to the log: it is of a tree that is longer, of one that is different, or signed by a key
 * that this log never had; or it lies under the name of another size.
 */
export type AnchorVerdict = 'ahead' | 'differs' | 'foreign' | 'misplaced'

/** An administrator, by identity. */
export type Actor = { readonly issuer: string; readonly sub: string; readonly person: string }

/** What the log puts around every event: the leaf is the RFC 8785 form of envelope and event together. */
export type Envelope = {
  readonly v: 1
  readonly id: string
  /** Wall clock, ISO 8601 UTC with milliseconds. */
  readonly at: string
  /** Monotonic nanoseconds since the process began, as a decimal string. */
  readonly mono: string
  /** The process that wrote it, and its counter: a gap is an event that could not be written. */
  readonly boot: string
  readonly n: number
}
export type RecordedEvent = Envelope & AuditEvent

import type { PolicyDocument, Statement } from '@stint/policy'
import { POLICY_VERSION, printPolicy } from '@stint/policy'

/** What stands around the tries of one probe: names that are nobody's but the probe's. */
export type ProbeScope = {
  /** The bucket that the target names for probes; empty: none, and what needs one is not tried. */
  readonly bucket: string
  /** Where the probe’s own objects are, inside of that bucket, without a slash at its end. */
  readonly root: string
  /** A bucket that does not exist: whoever is told so may have looked. */
  readonly stranger: string
  readonly nowMs: number
}

/** What must be there for a try; where it is not, the try is `not_tried` and says so. */
export const NEEDS = {
  bucket: 'the target names no bucket for probes (`probe: { bucket: … }`)',
  open_bucket: 'the store lets the probe neither write nor read in its own bucket',
  own_token: 'Stint signs no token of its own for this store',
  own_subject: 'sessions of this target share one user of the store: the try would end those of others',
  closed_wall: 'a role of this target takes its bucket from a claim, so its base policy names no buckets',
} as const
export type Need = keyof typeof NEEDS

/**
 * What an answer of a store means for the one who asked. `missing`: there is no such bucket, which is told only to those
 * who may look. `gone`: the session is no more. `unclear` tells nothing, `unanswered` was no answer.
 */
export type Meaning = 'allowed' | 'refused' | 'missing' | 'gone' | 'unclear' | 'unanswered'

/** What a step expects. `allowed` after a mint: a session was given; after a touch: it lives. */
type Expected = 'allowed' | 'refused' | 'gone'

export type ProbeRequest = {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  /** Encoded, beginning with a slash. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** Beside the signed ones, unsigned, as a proxy on the way would see them; `x-amz-…` are signed, as stores insist. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A session policy, or none at all: `null` leaves the parameter out, the empty text sends it empty. */
export type ProbePolicy = PolicyDocument | '' | null

type Of<Do extends string> = {
  readonly do: Do
  /** In words, for the transcript. */
  readonly says: string
  /** A control that turns out otherwise makes the try tell nothing; a claim that does is what the try is about. */
  readonly is: 'control' | 'claim'
  readonly expect: Expected
  /** The session that it is about, by a name within the try. */
  readonly session: string
}

/** One step of a try. Data: what the flow does with it is the same for every store. */
export type ProbeStep =
  | (Of<'mint'> & {
      readonly policy: (scope: ProbeScope, sub: string) => ProbePolicy
      readonly lifetimeSeconds: number
      /** The session whose `sub` it has, too; left out: a `sub` of its own. */
      readonly sameSubjectAs?: string
    })
  | (Of<'send'> & { readonly request: (scope: ProbeScope, sub: string) => ProbeRequest })
  /** Whether the store answers that it lives, asked without any secret of it. */
  | Of<'touch'>
  /** Asks until it is gone, at most this long after its end. */
  | (Of<'outlive'> & { readonly marginSeconds: number })
  /** Whether the store's Expiration is what was asked for, as exactly as an exchange insists. */
  | Of<'expiration'>

export const PROBE_GROUPS = [
  'confinement',
  'lifetime',
  'siblings',
  'wall',
  'forged',
  'language',
  'administrator',
  'role',
] as const
export type ProbeGroup = (typeof PROBE_GROUPS)[number]

export type ProbeTry = {
  readonly id: string
  readonly group: ProbeGroup
  /** What is tried, as somebody hostile would put it. */
  readonly title: string
  /** What a store does that withstands it. */
  readonly expected: string
  /**
   * `guarantee`: Stint rests on it, and a store that fails it is not fit. `weakness`: known of some stores, and nothing of
   * Stint rests on it there.
   */
  readonly bears: 'guarantee' | 'weakness'
  readonly needs: readonly Need[]
  /** What others need and is there once this one holds. */
  readonly gives?: Need
  /** Why it is never tried from here; such a try has no steps. */
  readonly untried?: string
  readonly steps: readonly ProbeStep[]
}

/** As an exchange asks for it: the floor of the stores. */
const LIFETIME_SECONDS = 900

type Mint = Extract<ProbeStep, { do: 'mint' }>
type Request = Extract<ProbeStep, { do: 'send' }>['request']

/** Mints a session with that policy; where nothing else is said, without it the try tells nothing. */
export function mint(
  session: string,
  policy: Mint['policy'],
  options: Partial<Omit<Mint, 'do' | 'session' | 'policy'>> = {},
): ProbeStep {
  const says = `mint session ${session}`
  const usual = { says, is: 'control', expect: 'allowed', lifetimeSeconds: LIFETIME_SECONDS } as const
  return { do: 'mint', session, policy, ...usual, ...options }
}

/** What must be allowed for the rest to tell anything. */
export function control(session: string, says: string, request: Request): ProbeStep {
  return { do: 'send', is: 'control', expect: 'allowed', session, says, request }
}

/** What the store must refuse. */
export function refuses(session: string, says: string, request: Request): ProbeStep {
  return { do: 'send', is: 'claim', expect: 'refused', session, says, request }
}

/** What the store must allow. */
export function allows(session: string, says: string, request: Request): ProbeStep {
  return { do: 'send', is: 'claim', expect: 'allowed', session, says, request }
}

/** Whether it lives, or is gone, as the store says of its key id. */
export function touch(
  session: string,
  says: string,
  is: ProbeStep['is'],
  expect: 'allowed' | 'gone',
): ProbeStep {
  return { do: 'touch', session, says, is, expect }
}

/** A policy of these statements. */
export function policyOf(...Statement: readonly Statement[]): PolicyDocument {
  return { Version: POLICY_VERSION, Statement }
}

/** As it is sent: what is no policy stays what it is. */
export function policyText(policy: ProbePolicy): string | null {
  return policy === null || policy === '' ? policy : printPolicy(policy)
}

/** Allows these actions of S3 on these resources, under this condition. */
export function allow(
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Statement['Condition'],
): Statement {
  return { Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) }
}

/** The probe's own bucket, and what is under its root there, as resources. */
export function bucketOf({ bucket }: ProbeScope): string {
  return `arn:aws:s3:::${bucket}`
}
export function under({ bucket, root }: ProbeScope, key: string): string {
  return `arn:aws:s3:::${bucket}/${root}/${key}`
}

/** A request for one object of the probe's own. */
export function objectAt(
  method: 'GET' | 'PUT' | 'DELETE',
  key: string,
  headers: Readonly<Record<string, string>> = {},
): Request {
  return ({ bucket, root }) => ({ method, path: `/${bucket}/${root}/${key}`, headers })
}

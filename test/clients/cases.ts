import type { ClientDoor } from './client.ts'

/** What is wrong, or special, about one run of a client. */
export type Case = {
  readonly name: string
  readonly role: 'app-artifacts' | 'quarter-hour' | 'brief' | 'dead-store'
  readonly token: 'good' | 'newline' | 'other-branch' | 'expired' | 'idp-down'
  /** Which server is asked. */
  readonly server: 'plain' | 'prefixed' | 'limited'
  /** Writes and reads so often, with so much time between. */
  readonly repeat: number
  readonly pauseMs: number
  readonly expect: {
    readonly ok: Readonly<Record<ClientDoor, boolean>>
    /** What the door answered first; undefined where the client must not even ask. */
    readonly first: Readonly<Record<ClientDoor, number | undefined>>
    /** At least so many requests came. */
    readonly requests: number
  }
}

type ByDoor<T> = T | Readonly<Record<ClientDoor, T>>
type Told = Pick<Case, 'name'> &
  Partial<Omit<Case, 'expect'>> & {
    readonly status?: ByDoor<number | undefined>
    readonly ok?: ByDoor<boolean>
    readonly requests?: number
  }

function told({ status = 200, ok = true, requests = 1, ...one }: Told): Case {
  const plain = { role: 'app-artifacts', token: 'good', server: 'plain', repeat: 1, pauseMs: 0 } as const
  return { ...plain, ...one, expect: { ok: byDoor(ok), first: byDoor(status), requests } }
}

function byDoor<T>(value: ByDoor<T>): Readonly<Record<ClientDoor, T>> {
  return isByDoor(value) ? value : { sts: value, container: value, process: value }
}

function isByDoor<T>(value: ByDoor<T>): value is Readonly<Record<ClientDoor, T>> {
  return typeof value === 'object' && value !== null && 'sts' in value
}

/** Longer than a `brief` session lives. */
const PAST_BRIEF_MS = 5_500

export const CASES: readonly Case[] = [
  told({ name: 'ok' }),
  // A header cannot carry a newline: SDKs refuse such a file before they ask (the STS wire takes it in a form).
  told({
    name: 'newline',
    token: 'newline',
    ok: { sts: true, container: false, process: true },
    status: { sts: 200, container: undefined, process: 200 },
    requests: 0,
  }),
  told({ name: 'refused', token: 'other-branch', ok: false, status: 403 }),
  told({ name: 'expired', token: 'expired', ok: false, status: { sts: 400, container: 401, process: 401 } }),
  told({
    name: 'IdP down',
    token: 'idp-down',
    ok: false,
    status: { sts: 400, container: 503, process: 503 },
  }),
  told({ name: 'throttled', server: 'limited', status: 429, requests: 2 }),
  told({ name: '5xx', role: 'dead-store', ok: false, status: 503 }),
  told({ name: 'path prefix', server: 'prefixed' }),
  told({ name: '15 minutes', role: 'quarter-hour' }),
  told({ name: 'refresh', role: 'brief', repeat: 2, pauseMs: PAST_BRIEF_MS, requests: 2 }),
]

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
    readonly ok: boolean
    /** What the door answered first; a client that never asks has none. */
    readonly first: Readonly<Record<ClientDoor, number>>
    /** At least so many requests came. */
    readonly requests: number
  }
}

type Told = Pick<Case, 'name'> &
  Partial<Omit<Case, 'expect'>> & { readonly status?: number | Readonly<Record<ClientDoor, number>>; readonly ok?: boolean; readonly requests?: number }

function told({ status = 200, ok = true, requests = 1, ...one }: Told): Case {
  const first = typeof status === 'number' ? { sts: status, container: status, process: status } : status
  const plain = { role: 'app-artifacts', token: 'good', server: 'plain', repeat: 1, pauseMs: 0 } as const
  return { ...plain, ...one, expect: { ok, first, requests } }
}

/** Longer than a `brief` session lives. */
const PAST_BRIEF_MS = 5_500

export const CASES: readonly Case[] = [
  told({ name: 'ok' }),
  told({ name: 'newline', token: 'newline' }),
  told({ name: 'refused', token: 'other-branch', ok: false, status: { sts: 403, container: 403, process: 400 } }),
  told({ name: 'expired', token: 'expired', ok: false, status: { sts: 400, container: 401, process: 400 } }),
  told({ name: 'IdP down', token: 'idp-down', ok: false, status: { sts: 400, container: 503, process: 503 } }),
  told({ name: 'throttled', server: 'limited', status: { sts: 400, container: 429, process: 429 }, requests: 2 }),
  told({ name: '5xx', role: 'dead-store', ok: false, status: 503 }),
  told({ name: 'path prefix', server: 'prefixed' }),
  told({ name: '15 minutes', role: 'quarter-hour' }),
  told({ name: 'refresh', role: 'brief', repeat: 2, pauseMs: PAST_BRIEF_MS, requests: 2 }),
]

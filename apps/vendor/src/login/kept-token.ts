import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { refresh } from './flows.ts'
import type { KeptLogin, LoginPlace } from './keep.ts'
import { fileOf, forgetLogin, readLogin, writeLogin } from './keep.ts'
import { LoginError } from './login-error.ts'
import { openProvider } from './provider.ts'
import type { AdminToken } from './token.ts'
import { adminToken } from './token.ts'

export type TokenIo = {
  readonly fetch: typeof globalThis.fetch
  readonly nowMs: () => number
  readonly skewSeconds: number
}

/** A token that ends sooner is renewed first: the request must reach the server with it. */
const LEAST_LEFT_MS = 30_000
const LOCK_WAIT_MS = 30_000
const LOCK_POLL_MS = 100

/**
 * The token that is kept for a server, renewed where it is about to end. Null where nobody signed in. Two commands at once
 * renew it once: a provider takes a refresh token a second time for theft. Throws LoginError `expired` (and forgets what
 * is of no use), `unsafe`, `unavailable`.
 */
export async function keptToken(place: LoginPlace, server: string, io: TokenIo): Promise<string | null> {
  const kept = await readLogin(place, server)
  if (kept === null) return null
  if (isFresh(kept, io)) return kept.bearer
  if (kept.refresh === null) throw expired()
  return underLock(join(place.folder, `${fileOf(server)}.lock`), async () => {
    const now = await readLogin(place, server)
    if (now === null) throw expired()
    if (isFresh(now, io)) return now.bearer
    const renewed = await renew(now, io).catch(async (thrown: unknown) => {
      if (thrown instanceof LoginError && thrown.reason === 'expired') {
        await forgetLogin(place, server)
        throw expired()
      }
      throw thrown
    })
    await writeLogin(place, renewed)
    return renewed.bearer
  })
}

function isFresh({ expires }: KeptLogin, { nowMs }: TokenIo): boolean {
  return Date.parse(expires) - nowMs() > LEAST_LEFT_MS
}

async function renew(kept: KeptLogin, io: TokenIo): Promise<KeptLogin> {
  const config = await openProvider({ ...io, issuer: kept.issuer, clientId: kept.client_id })
  const granted = await refresh(config, kept, kept.refresh ?? '')
  const token = adminToken(granted, kept)
  if (token.subject !== kept.subject)
    throw new LoginError('token', 'the provider renewed the token of somebody else')
  return withToken(kept, { ...token, refreshToken: token.refreshToken ?? kept.refresh }, io.nowMs())
}

/** A login with this token in it. */
export function withToken(
  login: Omit<KeptLogin, 'bearer' | 'expires' | 'refresh' | 'subject'>,
  { token, lifetimeSeconds, refreshToken, subject }: AdminToken,
  nowMs: number,
): KeptLogin {
  const expires = new Date(nowMs + lifetimeSeconds * 1000).toISOString()
  return { ...login, bearer: token, expires, refresh: refreshToken, subject }
}

function expired(): LoginError {
  return new LoginError('expired', 'the sign-in is over; again: stint login')
}

/** One process at a time. */
async function underLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (let waited = 0; !(await take(path)); waited += LOCK_POLL_MS) {
    if (waited >= LOCK_WAIT_MS)
      throw new LoginError(
        'unavailable',
        `another command is renewing the sign-in; if none runs, remove ${path}`,
      )
    await pause(LOCK_POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

async function take(path: string): Promise<boolean> {
  const taken = await open(path, 'wx', 0o600).catch(() => null)
  await taken?.close()
  return taken !== null
}

import type { Runtime } from './default-clock.ts'
import { systemRuntime } from './default-clock.ts'
import { StsClientError } from './errors.ts'
import type { ExchangeCallOptions } from './exchange.ts'
import { exchangeToken } from './exchange.ts'

/** Gives the subject token of this moment. Asked anew for every exchange, because platform tokens live for minutes. */
export type TokenSource = () => Promise<string>

export type CredentialProviderOptions = Omit<ExchangeCallOptions, 'subjectToken' | 'signal'> & {
  readonly subjectToken: TokenSource
  /**
   * How long before their end credentials are renewed behind the caller's back, in seconds; never more than half of
   * their life. Default 300, where the AWS SDK for JavaScript starts to ask again before every request.
   */
  readonly refreshWindowSeconds?: number
  /** Told of a renewal that failed while the old credentials were still good. */
  readonly onRefreshError?: (error: unknown) => void
}

/** AwsCredentialIdentity of the AWS SDK for JavaScript v3, by structure. */
export type AwsCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** By this machine's clock, which is the one that the SDK compares it with. */
  readonly expiration: Date
}

/** AwsCredentialIdentityProvider of the AWS SDK for JavaScript v3, by structure. */
export type AwsCredentialProvider = (
  options?: { readonly forceRefresh?: boolean } & Record<string, unknown>,
) => Promise<AwsCredentials>

const DEFAULT_REFRESH_WINDOW_SECONDS = 300
const MAX_MARGIN_MS = 10_000
const MAX_PAUSE_AFTER_FAILURE_MS = 30_000

/**
 * A credential provider for `new S3Client({ credentials })`. One exchange at a time however many callers wait; renewal
 * in the background inside the refresh window; a failed renewal keeps credentials that still hold. Callers wait only
 * where there are none, or less than 10 s (for short sessions a twentieth of their life) is left: a request signed then
 * might arrive too late. `forceRefresh` exchanges again. Throws StsClientError and what the token source throws.
 */
export function credentialProvider(options: CredentialProviderOptions): AwsCredentialProvider {
  const { runtime = systemRuntime(), refreshWindowSeconds = DEFAULT_REFRESH_WINDOW_SECONDS } = options
  if (!(refreshWindowSeconds >= 0)) {
    throw new StsClientError('options_invalid', { detail: '`refreshWindowSeconds` is not a length of time' })
  }
  const windowMs = refreshWindowSeconds * 1000
  let memo: Memo | undefined
  let inFlight: Promise<Memo> | undefined

  const renew = (): Promise<Memo> => {
    inFlight ??= obtain({ ...options, runtime, windowMs })
      .then((fresh) => {
        memo = fresh
        return fresh
      })
      .finally(() => {
        inFlight = undefined
      })
    return inFlight
  }
  // A machine that slept amid an exchange wakes with a session that may have ended: once more, then as it is.
  const obtained = async (): Promise<Memo> => {
    const fresh = await renew()
    return isUsable(fresh, runtime.now().getTime()) ? fresh : renew()
  }
  const renewBehind = (old: Memo): void => {
    renew().catch((error: unknown) => {
      const failedAtMs = runtime.now().getTime()
      // Only where nothing fresher came in: the pause belongs to the credentials that stay in use.
      if (memo === old) memo = pauseAfterFailure(old, failedAtMs)
      options.onRefreshError?.(error)
    })
  }

  return async (request) => {
    const atMs = runtime.now().getTime()
    if (memo === undefined || request?.forceRefresh || !isUsable(memo, atMs))
      return (await obtained()).credentials
    if (atMs >= memo.renewAtMs && inFlight === undefined) renewBehind(memo)
    return memo.credentials
  }
}

type Memo = {
  readonly credentials: AwsCredentials
  readonly obtainedAtMs: number
  readonly renewAtMs: number
  readonly lastUseMs: number
}

async function obtain(
  options: CredentialProviderOptions & { readonly runtime: Runtime; readonly windowMs: number },
): Promise<Memo> {
  const subjectToken = await options.subjectToken()
  // Counted from before the exchange, and by `expires_in`: never late, and right also where our clock is wrong.
  const obtainedAtMs = options.runtime.now().getTime()
  const { credentials, expiresInSeconds } = await exchangeToken({ ...options, subjectToken })
  const lifeMs = expiresInSeconds * 1000
  const endsMs = obtainedAtMs + lifeMs
  return {
    credentials: { ...credentials, expiration: new Date(endsMs) },
    obtainedAtMs,
    renewAtMs: endsMs - Math.min(options.windowMs, lifeMs / 2),
    lastUseMs: endsMs - Math.min(MAX_MARGIN_MS, lifeMs / 20),
  }
}

/** A clock that was set back makes every end look far away, so credentials from "the future" are not used. */
function isUsable(memo: Memo, atMs: number): boolean {
  return atMs >= memo.obtainedAtMs && atMs < memo.lastUseMs
}

/** Without a pause every request in the window would knock at a server that is down. */
function pauseAfterFailure(memo: Memo, atMs: number): Memo {
  const leftMs = Math.max(0, memo.lastUseMs - atMs)
  return { ...memo, renewAtMs: atMs + Math.min(MAX_PAUSE_AFTER_FAILURE_MS, leftMs / 4) }
}

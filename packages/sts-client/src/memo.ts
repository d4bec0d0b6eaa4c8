import type { Runtime } from './default-clock.ts'
import { StsClientError } from './errors.ts'

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

export type MemoOptions = {
  /**
   * How long before their end credentials are renewed behind the caller's back, in seconds; never more than half of
   * their life. Default 300, where the AWS SDK for JavaScript starts to ask again before every request.
   */
  readonly refreshWindowSeconds?: number
  /** Told of a renewal that failed while the old credentials were still good. */
  readonly onRefreshError?: (error: unknown) => void
}

/** Fresh credentials, and when they were asked for: their life is counted from there, so never late. */
export type Obtained = { readonly credentials: AwsCredentials; readonly obtainedAtMs: number }

const DEFAULT_REFRESH_WINDOW_SECONDS = 300
const MAX_MARGIN_MS = 10_000
const MAX_PAUSE_AFTER_FAILURE_MS = 30_000

/**
 * Keeps what `obtain` gives for as long as it is good. One call of `obtain` at a time however many callers wait; renewal
 * in the background inside the refresh window; a failed renewal keeps credentials that still hold. Callers wait only
 * where there are none, or less than 10 s (for short sessions a twentieth of their life) is left: a request signed then
 * might arrive too late. `forceRefresh` obtains again. Throws what `obtain` throws, and StsClientError `options_invalid`.
 */
export function memoise(
  obtain: () => Promise<Obtained>,
  options: MemoOptions & { readonly runtime: Runtime },
): AwsCredentialProvider {
  const { runtime, refreshWindowSeconds = DEFAULT_REFRESH_WINDOW_SECONDS } = options
  if (!(refreshWindowSeconds >= 0)) {
    throw new StsClientError('options_invalid', { detail: '`refreshWindowSeconds` is not a length of time' })
  }
  const windowMs = refreshWindowSeconds * 1000
  let memo: Memo | undefined
  let inFlight: Promise<Memo> | undefined

  const renew = (): Promise<Memo> => {
    inFlight ??= obtain()
      .then((fresh) => {
        memo = memoOf(fresh, windowMs)
        return memo
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

function memoOf({ credentials, obtainedAtMs }: Obtained, windowMs: number): Memo {
  const endsMs = credentials.expiration.getTime()
  const lifeMs = endsMs - obtainedAtMs
  return {
    credentials,
    obtainedAtMs,
    renewAtMs: endsMs - Math.min(windowMs, lifeMs / 2),
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

import type { Runtime } from './default-clock.ts'
import { systemRuntime } from './default-clock.ts'
import type { ExchangeCallOptions } from './exchange.ts'
import { exchangeToken } from './exchange.ts'
import type { AwsCredentialProvider, MemoOptions, Obtained } from './memo.ts'
import { memoise } from './memo.ts'

/** Gives the subject token of this moment. Asked anew for every exchange, because platform tokens live for minutes. */
export type TokenSource = () => Promise<string>

export type CredentialProviderOptions = Omit<ExchangeCallOptions, 'subjectToken' | 'signal'> &
  MemoOptions & { readonly subjectToken: TokenSource }

/**
 * A credential provider for `new S3Client({ credentials })`: an exchange at a Stint server, kept for as long as it is
 * good and renewed behind the caller (see `memoise`). Throws StsClientError and what the token source throws.
 */
export function credentialProvider(options: CredentialProviderOptions): AwsCredentialProvider {
  const { runtime = systemRuntime() } = options
  return memoise(() => exchange({ ...options, runtime }), { ...options, runtime })
}

async function exchange(
  options: CredentialProviderOptions & { readonly runtime: Runtime },
): Promise<Obtained> {
  const subjectToken = await options.subjectToken()
  // Counted from before the exchange, and by `expires_in`: never late, and right also where our clock is wrong.
  const obtainedAtMs = options.runtime.now().getTime()
  const { credentials, expiresInSeconds } = await exchangeToken({ ...options, subjectToken })
  const expiration = new Date(obtainedAtMs + expiresInSeconds * 1000)
  return { credentials: { ...credentials, expiration }, obtainedAtMs }
}

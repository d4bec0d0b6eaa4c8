/** Why nobody is signed in, in plain words; never a token, a code or a claim value. */
export class LoginError extends Error {
  readonly reason: LoginFailure

  constructor(reason: LoginFailure, text: string, options: { readonly cause?: unknown } = {}) {
    super(text, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'LoginError'
    this.reason = reason
  }
}

export type LoginFailure =
  | 'usage'
  | 'unavailable'
  | 'metadata'
  | 'changed'
  | 'refused'
  | 'token'
  | 'timeout'
  | 'unsafe'
  | 'expired'

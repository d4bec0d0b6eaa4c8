import { CREDENTIALS_PATH, TOKEN_PATH } from '@stint/sts-client/wire'
import type { ErrorCode } from '../errors.ts'
import type { RequestId } from '../ids.ts'
import type { Logger } from '../ports.ts'
import { prefixOf, withoutPrefix } from './base-path.ts'
import { containerErrorAnswer } from './container/answer.ts'
import { oauthErrorAnswer, problemAnswer } from './on-error.ts'
import type { PlainAnswer } from './plain-answer.ts'
import { stsErrorAnswer } from './sts/answer.ts'

/** Bytes that are no request, or one that the framework takes for none. */
export type Unreadable = {
  readonly code: Extract<
    ErrorCode,
    'request_malformed' | 'headers_too_large' | 'request_timeout' | 'internal_error'
  >
  /** What its first line asks for, where that could be read. */
  readonly target: string | null
}

/**
 * Answers what never reached a door, in the form of the door that it asked for; where nobody can tell, in XML, because
 * clients of the STS are those that make an error of their own of anything else.
 */
export function unreadableAnswer(deps: {
  readonly publicUrl: string
  readonly newRequestId: () => RequestId
  readonly log: Logger
}): (unreadable: Unreadable) => PlainAnswer {
  const prefix = prefixOf(deps.publicUrl)
  return ({ code, target }) => {
    const request = deps.newRequestId()
    deps.log.info('http.refused', { request, code })
    const path = target === null ? '/' : withoutPrefix(target.split('?', 1)[0] ?? '', prefix)
    if (path === '/' || path.startsWith('/sts')) return stsErrorAnswer({ code, request, json: false })
    if (path === TOKEN_PATH) return oauthErrorAnswer(code, request)
    return isCredentialsPath(path) ? containerErrorAnswer(code, request) : problemAnswer({ code, request })
  }
}

export function isCredentialsPath(path: string): boolean {
  return path === CREDENTIALS_PATH || path.startsWith(`${CREDENTIALS_PATH}/`)
}

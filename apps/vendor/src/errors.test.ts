import { expect, test } from 'vitest'
import { errorCodes, errorRow } from './errors.ts'

const rows = errorCodes().map(errorRow)
const codesOf = (which: typeof rows) => new Set(which.map(({ sts }) => sts.code))

/** What some SDK asks again for, whatever the status: botocore and JS their lists of transient and throttling codes, Go and Ruby web identity. */
const REPEATED = [
  'IDPCommunicationError',
  'IDPCommunicationErrorException',
  'InternalError',
  'InternalFailure',
  'PriorRequestNotComplete',
  'RequestThrottled',
  'RequestTimeout',
  'RequestTimeoutException',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]

test('what is final has no code and no status that a client repeats, and what may pass has one', () => {
  for (const { code, sts, container, retryable } of rows) {
    const isOurs = sts.status >= 500
    const repeats = REPEATED.includes(sts.code) || isOurs || sts.status === 429
    expect([code, repeats]).toEqual([code, retryable === true || code === 'internal_error' || isOurs])
    if (retryable !== true && !isOurs)
      expect([code, container < 500 && container !== 429]).toEqual([code, true])
  }
})

test('no refusal makes a client correct its clock but those that are about one', () => {
  const clock = new Set([
    'AuthFailure',
    'InvalidSignatureException',
    'RequestInTheFuture',
    'RequestTimeTooSkewed',
  ])
  for (const code of [...clock, 'AccessDeniedException']) expect(codesOf(rows).has(code)).toBe(false)
  const corrected = rows.filter(({ sts }) => ['RequestExpired', 'SignatureDoesNotMatch'].includes(sts.code))
  expect(corrected.every((row) => row.class === 'request_unauthenticated')).toBe(true)
})

test('who may not is told so by a code that Go and the C runtime do not take for a token to be tried again', () => {
  const final = rows.filter((row) => ['access_denied', 'identity_claim_rejected'].includes(row.class))
  expect(codesOf(final)).toEqual(new Set(['AccessDenied', 'IDPRejectedClaim']))
})

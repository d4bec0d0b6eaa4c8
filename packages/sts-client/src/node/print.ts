import type { ExchangeResult } from '../answer.ts'
import { StsClientError } from '../errors.ts'

const PRINTERS = { json: printJson, env: printEnv, process: printProcess } as const

export type Format = keyof typeof PRINTERS

/** Whether `text` names a format of `stint exchange`. */
export function isFormat(text: string): text is Format {
  return Object.hasOwn(PRINTERS, text)
}

/** The answer of `stint exchange` as it stands on stdout, its last newline included. */
export function printResult(result: ExchangeResult, format: Format): string {
  return PRINTERS[format](result)
}

/** The `credentials` of the wire, and beside them what they are of. */
function printJson({ credentials, assumptionId, role, expiresInSeconds, receipt }: ExchangeResult): string {
  const body = {
    access_key_id: credentials.accessKeyId,
    secret_access_key: credentials.secretAccessKey,
    session_token: credentials.sessionToken,
    expiration: wholeSeconds(credentials.expiration),
    expires_in: expiresInSeconds,
    role,
    assumption_id: assumptionId,
    ...(receipt === undefined ? {} : { receipt }),
  }
  return `${JSON.stringify(body, null, 2)}\n`
}

/** For `eval "$(stint exchange … --format env)"`: what `stint env` prints for `sh`. */
function printEnv({ credentials }: ExchangeResult): string {
  return printVariables(variablesOf(credentials), 'sh')
}

function printProcess({ credentials }: ExchangeResult): string {
  return processDocument(credentials)
}

type Keys = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

/** `credential_process` of the AWS SDKs: Version is the number 1 everywhere, names are case-sensitive in most. */
export function processDocument({ accessKeyId, secretAccessKey, sessionToken, expiration }: Keys): string {
  const body = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: wholeSeconds(expiration),
  }
  return `${JSON.stringify(body)}\n`
}

/** Some readers take no fraction of a second; rounding down is never late. */
export function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

export type Variables = Readonly<Record<string, string>>

/** The variables that every AWS SDK reads; AWS_CREDENTIAL_EXPIRATION is read by botocore and the JavaScript SDK. */
export function variablesOf({ accessKeyId, secretAccessKey, sessionToken, expiration }: Keys): Variables {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_CREDENTIAL_EXPIRATION: wholeSeconds(expiration),
  }
}

const LINES = {
  /** Inside single quotes a POSIX shell reads every character as itself, but the quote. */
  sh: (name: string, value: string) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
  /** fish reads two escapes inside single quotes: of the backslash and of the quote. */
  fish: (name: string, value: string) => `set -gx ${name} '${value.replace(/[\\']/g, '\\$&')}'`,
  /** A verbatim string of PowerShell has one escape, the doubled quote. */
  powershell: (name: string, value: string) => `$Env:${name} = '${value.replaceAll("'", "''")}'`,
  dotenv: (name: string, value: string) => `${name}=${dotenvValue(value)}`,
} as const

export type Shell = keyof typeof LINES

/** Whether `text` names a form of `stint env` that is printed. */
export function isShell(text: string): text is Shell {
  return Object.hasOwn(LINES, text)
}

/** Lines that set the variables in that shell, to the very values. Throws StsClientError `options_invalid`. */
export function printVariables(variables: Variables, shell: Shell): string {
  return Object.entries(variables)
    .map(([name, value]) => `${LINES[shell](name, value)}\n`)
    .join('')
}

/**
 * Readers of .env files agree on plain words only: Docker takes quotes as they are, others take `#` and `$` for their
 * own. So a value stands bare where it can, else in the first kind of quote that it does not hold.
 */
function dotenvValue(value: string): string {
  if (/^[\w+/=.:@%,-]*$/.test(value)) return value
  const quote = ["'", '"', '`'].find((one) => !value.includes(one))
  if (quote !== undefined) return `${quote}${value}${quote}`
  throw new StsClientError('options_invalid', {
    detail: 'a value holds every kind of quote: no .env file can',
  })
}

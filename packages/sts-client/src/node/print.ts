import type { ExchangeResult } from '../answer.ts'

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

/** For `eval "$(stint exchange … --format env)"`. AWS_CREDENTIAL_EXPIRATION is read by botocore and the JavaScript SDK. */
function printEnv({ credentials }: ExchangeResult): string {
  const lines = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_CREDENTIAL_EXPIRATION: wholeSeconds(credentials.expiration),
  }
  return Object.entries(lines)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('')
}

/** `credential_process` of the AWS SDKs: Version is the number 1 everywhere, names are case-sensitive in most. */
function printProcess({ credentials }: ExchangeResult): string {
  const body = {
    Version: 1,
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: wholeSeconds(credentials.expiration),
  }
  return `${JSON.stringify(body)}\n`
}

/** Some readers take no fraction of a second; rounding down is never late. */
function wholeSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

/** Inside single quotes a POSIX shell reads every character as itself, but the quote. */
function quote(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`
}

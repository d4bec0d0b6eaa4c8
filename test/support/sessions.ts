import { goodDraft } from '../corpus/doors/signed-requests.ts'
import type { StsReply } from './doors.ts'
import { sts, webIdentityForm } from './doors.ts'
import { type Draft, sendWire, sign } from './signed-request.ts'
import type { AwsCredentials } from './sigv4.ts'

/** A session as the STS wire gave it. */
export type GivenSession = AwsCredentials & { readonly sessionToken: string; readonly expiresMs: number }

/** The credentials in an answer; a refusal throws with its code. */
export function givenIn(reply: StsReply): GivenSession {
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.code}: ${reply.text}`)
  const element = (name: string) => new RegExp(`<${name}>([^<]*)`).exec(reply.text)?.[1] ?? ''
  return {
    accessKeyId: element('AccessKeyId'),
    secretAccessKey: element('SecretAccessKey'),
    sessionToken: element('SessionToken'),
    expiresMs: Date.parse(element('Expiration')),
  }
}

/** Exchanges a token at the STS wire. */
export async function sessionAt(
  url: string,
  token: string,
  over: Record<string, string> = {},
): Promise<GivenSession> {
  return givenIn(await sts(url, { method: 'POST', body: webIdentityForm(token, over) }))
}

/** A form POST that a session signs. */
export function signedPost(
  url: string,
  credentials: AwsCredentials,
  form: Readonly<Record<string, string>>,
  over: Partial<Draft> = {},
): Promise<StsReply> {
  const body = String(new URLSearchParams({ Version: '2011-06-15', ...form }))
  const good = goodDraft({ host: new URL(url).host, credentials, at: new Date() })
  return sendWire(url, sign({ ...good, body, ...over }))
}

export const whoIs = (url: string, credentials: AwsCredentials) =>
  signedPost(url, credentials, { Action: 'GetCallerIdentity' })

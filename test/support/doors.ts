import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { ACCOUNT } from './vendor.ts'

export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/app-artifacts`

/** A good AssumeRoleWithWebIdentity with these parameters over it; an empty one is left out. */
export function webIdentityForm(token: string, over: Readonly<Record<string, string>> = {}): URLSearchParams {
  const form = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: ROLE_ARN,
    RoleSessionName: 'a-job',
    WebIdentityToken: token,
    ...over,
  }
  return new URLSearchParams(Object.entries(form).filter(([, value]) => value !== ''))
}

export type StsReply = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The root element and what is in it; XML that is not well-formed fails the test that reads it. */
  readonly root: string
  readonly body: Readonly<Record<string, unknown>>
  /** `<Code>` of an error. */
  readonly code: string | undefined
}

const parser = new XMLParser({ ignoreAttributes: false, parseTagValue: false })

/** Sends and reads XML as strictly as the strictest SDK. */
export async function sts(url: string, init: RequestInit): Promise<StsReply> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  return readSts(response.status, response.headers, await response.text())
}

export function readSts(status: number, headers: Headers, text: string): StsReply {
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new Error(`not XML (${status}): ${text.slice(0, 200)}`)
  const document = parser.parse(text) as Record<string, Record<string, unknown>> // one root element
  const [root = ''] = Object.keys(document)
  const body = document[root] ?? {}
  const error = body['Error'] as Record<string, string> | undefined // present in errors
  return { status, headers, text, root, body, code: error?.['Code'] }
}

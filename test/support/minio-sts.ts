import { minioRoleArn } from './minio-server.ts'
import type { AwsCredentials } from './sigv4.ts'

export type StsAnswer =
  | {
      readonly ok: true
      readonly credentials: AwsCredentials & { readonly sessionToken: string }
      readonly expiration: Date
    }
  | { readonly ok: false; readonly status: number; readonly code: string }

export type WebIdentityCall = {
  readonly token: string
  readonly clientId: string
  /** The session policy. Left out: the whole base policy. */
  readonly policy?: object | string
  readonly durationSeconds?: number
}

/** AssumeRoleWithWebIdentity straight at a MinIO, without Stint: the probe, and tests that need a baseline. */
export async function minioWebIdentity(endpoint: string, call: WebIdentityCall): Promise<StsAnswer> {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: minioRoleArn(call.clientId),
    WebIdentityToken: call.token,
  })
  if (call.policy !== undefined) {
    form.set('Policy', typeof call.policy === 'string' ? call.policy : JSON.stringify(call.policy))
  }
  if (call.durationSeconds !== undefined) form.set('DurationSeconds', String(call.durationSeconds))
  const response = await fetch(endpoint, { method: 'POST', body: form, signal: AbortSignal.timeout(30_000) })
  const xml = await response.text()
  if (!response.ok) return { ok: false, status: response.status, code: element(xml, 'Code') }
  return {
    ok: true,
    credentials: {
      accessKeyId: element(xml, 'AccessKeyId'),
      secretAccessKey: element(xml, 'SecretAccessKey'),
      sessionToken: element(xml, 'SessionToken'),
    },
    expiration: new Date(element(xml, 'Expiration')),
  }
}

function element(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  if (text === undefined) throw new Error(`MinIO's answer has no ${name}`)
  return text
}

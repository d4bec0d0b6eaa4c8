import { StsClientError } from '../errors.ts'
import type { DevicePrompt } from '../openid.ts'
import type { TokenSource } from '../provider.ts'
import type { ExchangeValues } from './arguments.ts'
import { serverOf } from './arguments.ts'
import type { ClientIo } from './io.ts'
import { usage } from './io.ts'

/**
 * `--client-credentials` and `--device-login`: sources of an OIDC provider. `openid-client` is loaded by the first call, and
 * nobody who names no provider needs it.
 */
export function providerSource(
  kind: 'machine' | 'person',
  values: ExchangeValues,
  io: Pick<ClientIo, 'env' | 'stderr' | 'readFile'>,
): TokenSource {
  const clientId = values['client-id'] ?? io.env['STINT_CLIENT_ID']
  if (!clientId) throw usage('name the client at the provider: --client-id or STINT_CLIENT_ID')
  const scope = values.scope === undefined ? {} : { scope: values.scope }
  let source: TokenSource | undefined
  const machine = async (issuer: string) => {
    const { clientCredentialsToken } = await openid()
    // Some providers take a scope in the place of a resource, and refuse both together (Entra).
    const audience = values.audience ?? (values.scope === undefined ? serverOf(values, io.env) : undefined)
    const clientSecret = await secretOf(values, io)
    const more = audience === undefined ? {} : { audience: audience.replace(/\/+$/, '') }
    return clientCredentialsToken({ issuer, clientId, clientSecret, ...scope, ...more })
  }
  const person = async (issuer: string) => {
    const { deviceLoginToken } = await openid()
    return deviceLoginToken({ issuer, clientId, ...scope, prompt: (prompt) => io.stderr(words(prompt)) })
  }
  return async () => {
    source ??= await (kind === 'machine'
      ? machine(values['client-credentials'] ?? '')
      : person(values['device-login'] ?? ''))
    return source()
  }
}

async function openid() {
  try {
    return await import('../openid.ts')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')
      throw new StsClientError('openid_client_missing', { cause })
    throw cause
  }
}

async function secretOf(values: ExchangeValues, io: Pick<ClientIo, 'env' | 'readFile'>): Promise<string> {
  const file = values['client-secret-file']
  const text =
    file === undefined ? io.env['STINT_CLIENT_SECRET'] : await io.readFile(file).catch(() => undefined)
  const secret = text?.trim()
  if (secret) return secret
  throw usage('give the secret of the client: --client-secret-file or STINT_CLIENT_SECRET')
}

function words({
  userCode,
  verificationUri,
  verificationUriComplete,
  expiresInSeconds,
}: DevicePrompt): string {
  return `sign in at ${verificationUriComplete ?? verificationUri} with the code ${userCode} (within ${Math.round(expiresInSeconds / 60)} minutes)\n`
}

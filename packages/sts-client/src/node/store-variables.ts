import { usage } from './io.ts'
import type { Variables } from './print.ts'
import type { Env } from './sources/source.ts'

/** Flags of the commands that set up an environment: where the S3 requests go. */
export const STORE_FLAGS = { 's3-endpoint': { type: 'string' }, region: { type: 'string' } } as const

export const STORE_USAGE = `  --s3-endpoint URL     the store, as AWS_ENDPOINT_URL_S3              (or STINT_S3_ENDPOINT)
  --region NAME         AWS_REGION and AWS_DEFAULT_REGION
`

/** What an AWS SDK reads about the store: only what was asked for. Throws StsClientError `options_invalid`. */
export function storeVariables(
  values: { readonly 's3-endpoint'?: string | undefined; readonly region?: string | undefined },
  env: Env,
): Variables {
  const endpoint = values['s3-endpoint'] ?? (env['STINT_S3_ENDPOINT'] || undefined)
  const { region } = values
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? ''))
    throw usage('--s3-endpoint is an http or https URL')
  if (region !== undefined && !/^[a-z0-9-]{1,32}$/.test(region))
    throw usage('--region is a name such as us-east-1')
  return {
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL_S3: endpoint }),
    ...(region === undefined ? {} : { AWS_REGION: region, AWS_DEFAULT_REGION: region }),
  }
}

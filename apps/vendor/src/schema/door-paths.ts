/**
 * The doors of callers as OpenAPI 3.1 paths, beside the admin API. Their protocols are those of others (RFC 8693, AWS), so
 * this names what there is and leaves the rest to docs/doors.md.
 */

const text = { type: 'string' } as const
const seconds = { type: 'integer', minimum: 1 } as const
const FORM = 'application/x-www-form-urlencoded'

const credentials = {
  type: 'object',
  required: ['Code', 'AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration', 'AccountId'],
  properties: {
    Code: { const: 'Success' },
    Type: text,
    LastUpdated: text,
    AccessKeyId: text,
    AccessKeyID: text,
    SecretAccessKey: text,
    Token: text,
    Expiration: { type: 'string', format: 'date-time' },
    AccountId: text,
    RoleArn: text,
  },
} as const

const processDocument = {
  type: 'object',
  required: ['Version', 'AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'],
  properties: {
    Version: { const: 1 },
    AccessKeyId: text,
    SecretAccessKey: text,
    SessionToken: text,
    Expiration: { type: 'string', format: 'date-time' },
    AccountId: text,
  },
} as const

const awsError = {
  type: 'object',
  required: ['Code', 'Message', 'RequestId'],
  properties: { Code: text, Message: text, RequestId: text },
} as const

const oauthError = {
  type: 'object',
  required: ['error', 'error_description', 'code', 'request_id'],
  properties: { error: text, error_description: text, code: text, request_id: text },
} as const

const answer = (description: string, content: object) => ({ description, content })
const json = (schema: object) => ({ 'application/json': { schema } })
const xml = { 'text/xml': { schema: text } }

const token = {
  post: {
    operationId: 'exchangeToken',
    summary: 'RFC 8693 token exchange: an OIDC token for a session',
    security: [],
    requestBody: {
      required: true,
      content: {
        [FORM]: {
          schema: {
            type: 'object',
            required: ['grant_type', 'subject_token', 'subject_token_type'],
            properties: {
              grant_type: text,
              subject_token: text,
              subject_token_type: text,
              requested_token_type: text,
              resource: { ...text, description: 'the ARN of the role' },
              duration_seconds: seconds,
              role_session_name: text,
              policy: text,
            },
          },
        },
      },
    },
    responses: {
      200: answer('the session (RFC 8693 §2.2.1)', json({ type: 'object' })),
      '4XX': answer('refused (RFC 6749 §5.2)', json(oauthError)),
      '5XX': answer('unavailable (RFC 6749 §5.2)', json(oauthError)),
    },
  },
} as const

const stsAnswers = {
  200: answer('the answer of the operation; JSON where Accept names it and no XML', {
    ...xml,
    ...json({ type: 'object' }),
  }),
  '4XX': answer('ErrorResponse', xml),
  '5XX': answer('ErrorResponse', xml),
}

const sts = (at: string) => ({
  post: {
    operationId: `sts${at}`,
    summary: 'AWS STS Query protocol: AssumeRoleWithWebIdentity, AssumeRole, GetCallerIdentity',
    security: [],
    requestBody: {
      required: true,
      content: {
        [FORM]: {
          schema: {
            type: 'object',
            required: ['Action', 'Version'],
            properties: {
              Action: { enum: ['AssumeRoleWithWebIdentity', 'AssumeRole', 'GetCallerIdentity'] },
              Version: { const: '2011-06-15' },
              RoleArn: text,
              RoleSessionName: text,
              WebIdentityToken: text,
              DurationSeconds: { type: 'integer', minimum: 900, maximum: 43_200 },
              Policy: text,
            },
          },
        },
      },
    },
    responses: stsAnswers,
  },
  get: {
    operationId: `stsByQuery${at}`,
    summary: 'the same by query: a presigned GetCallerIdentity; a browser at / gets a page',
    security: [],
    responses: stsAnswers,
  },
})

const FORMAT = {
  name: 'format',
  in: 'query',
  required: false,
  schema: { enum: ['container', 'process'] },
} as const
const DURATION = { name: 'duration_seconds', in: 'query', required: false, schema: seconds } as const
const ROLE = { name: 'role', in: 'path', required: true, schema: text } as const

const container = (id: string, parameters: readonly object[]) => ({
  get: {
    operationId: id,
    summary: 'AWS container credentials, or the document of credential_process',
    security: [{ token: [] }],
    parameters,
    responses: {
      200: answer('the session', json({ oneOf: [credentials, processDocument] })),
      '4XX': answer('refused', json(awsError)),
      '5XX': answer('unavailable', json(awsError)),
    },
  },
})

/** Where the audit webhook of a store posts; behind it the target's name. */
export const INTAKE_PATH = '/v1/intake'

const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
const intake = {
  post: {
    operationId: 'intake',
    summary: 'audit entries of a store: one, or several with a newline after each (docs/GHOSTS.md)',
    security: [{ intake: [] }],
    parameters: [{ name: 'target', in: 'path', required: true, schema: text }],
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: {
      204: { description: 'counted' },
      '4XX': answer('refused', problem),
      '5XX': answer('not counted: send it again', problem),
    },
  },
} as const

export const DOOR_PATHS: Readonly<Record<string, object>> = {
  '/v1/token': token,
  '/': sts('AtRoot'),
  '/sts': sts(''),
  '/v1/credentials': container('containerCredentials', [FORMAT, DURATION]),
  '/v1/credentials/{role}': container('containerCredentialsOfRole', [ROLE, FORMAT, DURATION]),
  [`${INTAKE_PATH}/{target}`]: intake,
}

import { Hono } from 'hono'
import type { Operation } from '../schema/admin-api/operation.ts'
import { SCHEMAS } from '../schema/admin-api/operation-parts.ts'
import { OPERATIONS } from '../schema/admin-api/operations.ts'
import { REVIEW_SCHEMAS } from '../schema/admin-api/review-schemas.ts'
import { DOOR_PATHS } from '../schema/door-paths.ts'
import type { Env } from './context.ts'

const PROBLEM = {
  description: 'RFC 9457 problem details; `code` is the class, `docs/ERRORS.md` lists them',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** The admin API as an OpenAPI 3.1 document, made of the table that its doors are registered by, and the doors of callers. */
export function openApiDocument(): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const operation of OPERATIONS) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: described(operation),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Stint',
      version: '1',
      description: 'Who may assume what, and every change of it. Unknown members and parameters are refused.',
    },
    security: [{ admin: [] }],
    paths: { ...DOOR_PATHS, ...paths },
    components: {
      schemas: { ...SCHEMAS, ...REVIEW_SCHEMAS },
      securitySchemes: {
        admin: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'an OIDC token of the admin audience',
        },
        intake: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'the secret of the target’s `intake`, alone or behind `Bearer`',
        },
        token: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'an OIDC token of an issuer that is configured, alone or behind `Bearer`',
        },
      },
    },
  }
}

function described({ id, permission, summary, parameters, body, answers }: Operation): object {
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, { description, schema, mediaType = 'application/json' }]) => [
      status,
      { description, content: { [mediaType]: { schema } } },
    ]),
  )
  return {
    operationId: id,
    summary,
    'x-stint-permission': permission,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === null
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...responses, '4XX': PROBLEM, '5XX': PROBLEM },
  }
}

/** `GET /openapi.json`. It holds no secret and needs no token. */
export function openApiDoor(): Hono<Env> {
  const text = JSON.stringify(openApiDocument())
  return new Hono<Env>().get('/openapi.json', (c) =>
    c.body(text, 200, { 'content-type': 'application/json', 'cache-control': 'no-cache' }),
  )
}

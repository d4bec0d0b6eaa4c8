import { METADATA_PATH, SUBJECT_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT, TOKEN_PATH } from '@stint/sts-client/wire'
import { Hono } from 'hono'
import type { Env } from './context.ts'

/** RFC 8414 metadata, so that an OAuth client that knows only our origin finds the token endpoint. */
export function metadataDoor(publicUrl: string): Hono<Env> {
  const body = JSON.stringify({
    issuer: publicUrl,
    token_endpoint: `${publicUrl}${TOKEN_PATH}`,
    grant_types_supported: [TOKEN_EXCHANGE_GRANT],
    // No client authenticates here: the subject token is the proof (RFC 8414 §2 "none").
    token_endpoint_auth_methods_supported: ['none'],
    response_types_supported: [],
    subject_token_types_supported: SUBJECT_TOKEN_TYPES,
  })
  // For an issuer with a path, RFC 8414 §3.1 puts it behind the well-known part.
  const path = new URL(publicUrl).pathname.replace(/\/$/, '')
  const app = new Hono<Env>()
  for (const at of new Set([METADATA_PATH, METADATA_PATH + path])) {
    app.get(at, (c) =>
      c.body(body, 200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' }),
    )
  }
  return app
}

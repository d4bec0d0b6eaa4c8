import type { Context } from 'hono'
import type { Env } from '../context.ts'

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'public, max-age=300',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  vary: 'accept',
} as const

/** Whether a person looks at it: browsers ask for HTML, and no SDK does. */
export function isBrowser(c: Context<Env>): boolean {
  return (c.env?.incoming?.headers.accept ?? c.req.header('accept') ?? '').includes('text/html')
}

/** What a browser sees at `/`: what this is and how clients are pointed at it. Static, and says nothing of the configuration. */
export function homePage(c: Context<Env>, publicUrl: string): Response {
  return c.body(
    `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Stint</title>
<h1>Stint</h1>
<p>This server gives short-lived S3 credentials for an OIDC identity. It is asked by programs.</p>
<pre>
AWS_ENDPOINT_URL_STS=${publicUrl}
AWS_ROLE_ARN=arn:aws:iam::…:role/…
AWS_WEB_IDENTITY_TOKEN_FILE=…
</pre>
<p>or <code>AWS_CONTAINER_CREDENTIALS_FULL_URI=${publicUrl}/v1/credentials/…</code> with
<code>AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE</code>. Token exchange (RFC 8693): <code>${publicUrl}/v1/token</code>.</p>
</html>
`,
    200,
    HEADERS,
  )
}

import { Hono } from 'hono'
import type { Env } from './context.ts'

/** The two documents of our own issuer for one target, as text that is made once. */
export type IssuerDocuments = { readonly discovery: string; readonly jwks: string }

const HEADERS = { 'content-type': 'application/json', 'cache-control': 'public, max-age=60' } as const

/**
 * `/oidc/<target>/…`: what lets a store trust Stint as its one identity provider. Served before any database is open
 * and never rate-limited, because the store waits for it and asks again at every token that it cannot read.
 */
export function issuerDoor(documents: (target: string) => IssuerDocuments | undefined): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/oidc/:target/.well-known/openid-configuration', (c) => {
    const found = documents(c.req.param('target'))
    return found === undefined ? c.notFound() : c.body(found.discovery, 200, HEADERS)
  })
  app.get('/oidc/:target/jwks.json', (c) => {
    const found = documents(c.req.param('target'))
    return found === undefined ? c.notFound() : c.body(found.jwks, 200, HEADERS)
  })
  return app
}

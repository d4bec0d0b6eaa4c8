import { Hono } from 'hono'
import { eventsJsonSchema } from '../schema/events/catalogue.ts'
import type { Env } from './context.ts'

/** `GET /events.schema.json`: what `dataschema` of a CloudEvent leads to. It holds no secret and needs no token. */
export function eventsSchemaDoor(): Hono<Env> {
  let text: string | null = null
  return new Hono<Env>().get('/events.schema.json', (c) => {
    // Made when somebody asks first: a start does not wait for it.
    text ??= JSON.stringify(eventsJsonSchema())
    return c.body(text, 200, { 'content-type': 'application/schema+json', 'cache-control': 'no-cache' })
  })
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestFacts } from '../flows/request-facts.ts'
import type { RequestId } from '../ids.ts'

/** What a handler of ours finds on Hono's context. `incoming` is absent only under `app.request()`. */
export type Env = {
  Bindings: { readonly incoming?: IncomingMessage; readonly outgoing?: ServerResponse }
  Variables: { readonly request: RequestId }
}

/** Makes the facts of one request: its id, its door, where it came from. */
export type RequestFactsOf = (
  door: RequestFacts['door'],
  incoming: IncomingMessage | undefined,
) => RequestFacts

/** Seconds until this source may ask that door again; 0: now, and it is counted. */
export type LimitOf = (door: 'token' | 'sts' | 'container', ip: string) => number

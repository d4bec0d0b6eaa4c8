import type { Sink } from '../domain/sink.ts'
import type { SinkPost } from '../ports/log-keeping.ts'
import type { Clock } from '../ports.ts'
import { createSinkHttp } from './sink-http.ts'

export type Sinks = {
  readonly all: readonly { readonly sink: Sink; readonly post: SinkPost }[]
  close(): Promise<void>
}

/** Builds the way to each sink of the settings. */
export function createSinks(sinks: readonly Sink[], clock: Pick<Clock, 'nowMs'>): Sinks {
  const ways = sinks.map((sink) => ({ sink, ...createSinkHttp({ ...sink, clock }) }))
  return {
    all: ways.map(({ sink, post }) => ({ sink, post })),
    close: async () => void (await Promise.all(ways.map((way) => way.close()))),
  }
}

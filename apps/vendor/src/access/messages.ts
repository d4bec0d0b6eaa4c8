import type { AccessStore, ListedStore, SessionMark } from '../ports/access.ts'

export type AccessWorkerData = { readonly path: string; readonly migrations: string }

/** What the process asks the worker of accesses; each is answered by its number, in any order. */
export type AccessQuestion =
  | {
      readonly do: 'take'
      readonly target: string
      readonly body: Uint8Array<ArrayBuffer>
      readonly nowMs: number
    }
  | { readonly do: 'mark'; readonly marks: readonly SessionMark[] }
  | { readonly do: 'purge'; readonly keepDays: Readonly<Record<string, number>>; readonly nowMs: number }
  | {
      readonly do: 'list'
      readonly store: Omit<ListedStore, 'secret'>
      /** A Secret does not cross to another thread. */
      readonly secret: string
      readonly nowMs: number
    }

  /** Each is answered by `access-reading.ts`, with what the question of that name is asked by. */
  | ReadQuestion

export type ReadName = 'accesses' | 'told' | 'uses' | 'usedSeconds' | 'unjudged'
export type ReadQuestion = {
  [K in ReadName]: { readonly do: K; readonly asked: Parameters<AccessStore[K]> }
}[ReadName]

export type AccessAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: AccessFault; readonly reason: string }

export type AccessFault = 'body_malformed' | 'access_unavailable' | 'parameter_invalid'

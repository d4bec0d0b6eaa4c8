import type { EventId, RequestId } from '../../ids.ts'
import type { Actor } from '../audit-event.ts'
import type { GhostFacts } from './ghost.ts'

/** Events about sessions that a store knows and the log does not. */
export const GHOST_EVENT_TYPES = ['ghost.seen', 'ghost.more', 'ghost.dismissed'] as const

export type GhostEvent =
  /** The first time that this session is a ghost for this reason. */
  | (GhostFacts & { readonly type: 'ghost.seen' })
  | {
      /** There were more ghosts in that time than are told one by one. */
      readonly type: 'ghost.more'
      readonly target: string
      readonly since: string
      readonly until: string
      readonly count: number
    }
  | {
      /** Somebody looked into it: it is no finding any more. */
      readonly type: 'ghost.dismissed'
      readonly ghost: EventId
      readonly target: string
      readonly actor: Actor
      readonly request: RequestId
      readonly reason: string
    }

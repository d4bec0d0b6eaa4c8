import type { Settings } from '../config.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { RequestFactsOf } from '../http/context.ts'
import type { IdPrefix } from '../ids.ts'
import type { Clock, Logger, Random, Timers } from '../ports.ts'
import type { createTargets } from '../targets/targets.ts'
import type { Metering } from './metering.ts'
import type { createUndo } from './undo.ts'

/** What of the world only main.ts reaches for: it is handed to everything that is wired. */
export type Platform = {
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly log: Logger
  /** Of this moment, by both of the above. */
  readonly newId: <P extends IdPrefix>(prefix: P) => `${P}_${string}`
  readonly sha256: Sha256
  readonly sha256Bytes: (bytes: Uint8Array) => string
  readonly sameText: (a: string, b: string) => boolean
  readonly breathe: () => Promise<void>
  readonly diskFreeBytes: (folder: string) => number | null
  readonly bytesOf: (paths: readonly string[]) => number
}

/** What stands before the first database is opened: every part of the service is wired from it. */
export type Wiring = Platform & {
  readonly settings: Settings
  readonly targets: ReturnType<typeof createTargets>
  readonly requestFacts: RequestFactsOf
  readonly metering: Metering
}

/** Where a part says how it is closed again if a later one cannot be opened. */
export type Opened = Pick<ReturnType<typeof createUndo>, 'defer'>

import { createReader } from '../audit/reader.ts'
import { configurationHash } from '../domain/configuration-plan.ts'
import type { ConfigurationStanding } from '../domain/configuration-standing.ts'
import { standingOf } from '../domain/configuration-standing.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { createResourceStore } from '../storage/sqlite/store.ts'

export type Pair = { readonly config: Connection; readonly audit: Connection }

/** Whether the two files belong together, by the very rule of the start; and what configuration is in them. */
export async function judgePair(
  { config, audit }: Pair,
  sha256: Sha256,
): Promise<{ readonly standing: ConfigurationStanding; readonly generation: number; readonly hash: string }> {
  const { generation, resources } = await createResourceStore(config, sha256).current()
  const hash = configurationHash(resources, sha256)
  const reader = createReader(audit)
  const logged = { changing: reader.last('config.changing'), changed: reader.last('config.changed') }
  const empty = generation === 0 ? configurationHash([], sha256) : null
  return { standing: standingOf({ hash, empty }, logged), generation, hash }
}

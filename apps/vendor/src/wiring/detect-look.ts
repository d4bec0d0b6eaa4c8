import { join } from 'node:path'
import type { Settings } from '../config.ts'
import { createDetectDesk } from '../detect/detect-desk.ts'
import { readUse } from '../detect/read-use.ts'
import type { Configuration } from '../domain/configuration.ts'
import { THRESHOLDS } from '../domain/detect/thresholds.ts'
import { accessEvidence } from '../flows/access-evidence.ts'
import type { KeySetStanding } from '../oidc/key-sets.ts'
import { PLACES } from '../places.ts'
import type { AccessReader } from '../ports/access.ts'
import type { Detected } from '../ports/detect.ts'
import type { AuditLog, Timers } from '../ports.ts'
import { givenSecretAges } from '../targets/secret-ages.ts'

/** Beyond these a look holds the event loop for longer than exchanges should wait for it. */
const SMALL_CONFIGURATION = 200
const SMALL_LOG = 2_000

export type DetectLookOf = {
  readonly settings: Settings
  readonly audit: Pick<AuditLog, 'usage' | 'tree'>
  readonly configuration: () => Configuration
  readonly keySets: () => readonly KeySetStanding[]
  readonly anchorsBehind: () => readonly string[]
  /** What stores told of the use of sessions. */
  readonly access: AccessReader
  readonly timers: Timers
}

/** One look of the detectors: what only this process knows is put beside what both files say. */
export function openDetectLook(of: DetectLookOf): {
  readonly look: (nowMs: number) => Promise<Detected>
  close(): Promise<void>
} {
  const { settings, audit, configuration } = of
  const { profile } = settings.detectors
  const desk = createDetectDesk({
    paths: {
      config: join(settings.dataFolder, 'config.db'),
      audit: join(settings.dataFolder, 'audit.db'),
    },
    entry: PLACES.detectWorker,
    timers: of.timers,
    isSmall() {
      const { mappings, others } = configuration().standing
      return mappings.length + others.length <= SMALL_CONFIGURATION && audit.tree.size() <= SMALL_LOG
    },
  })
  return {
    async look(nowMs) {
      const targets = [...configuration().targets.values()]
      return desk.look({
        nowMs,
        profile,
        twoPersons: settings.approvals === 'on',
        use: await readUse(audit.usage, { nowMs, thresholds: THRESHOLDS[profile] }),
        access: await accessEvidence(of.access, { nowMs, days: THRESHOLDS[profile].unusedGrantDays }),
        refusedKids: new Map(
          of
            .keySets()
            .flatMap(({ issuer, refused }) => (refused === null ? [] : [[issuer, refused] as const])),
        ),
        givenSecrets: givenSecretAges(targets, settings),
        anchorsBehind: of.anchorsBehind(),
      })
    },
    close: () => desk.close(),
  }
}

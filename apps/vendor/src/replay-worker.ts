import { parentPort, workerData } from 'node:worker_threads'
import { createDecisionReader } from './audit/replay/read-decisions.ts'
import type { ReplayTold } from './desk/replay-desk.ts'
import { amendConfiguration } from './domain/configuration.ts'
import type { ImmuneTargets } from './domain/probe/rule-7.ts'
import { finish } from './domain/steps.ts'
import { asVendorError } from './errors.ts'
import { ConfigurationInvalid } from './flows/configuration.ts'
import { replayDraft } from './flows/replay-draft.ts'
import type { ReplayAsk } from './ports/replay.ts'
import { sha256Hex, systemClock } from './runtime.ts'
import { openForReading } from './storage/sqlite/open.ts'
import { createStoodAt } from './storage/sqlite/stood-at.ts'
import { createResourceStore } from './storage/sqlite/store.ts'
import type { DraftSettings } from './wiring/draft-tools.ts'
import { draftTools } from './wiring/draft-tools.ts'

/** The worker that replays one draft: connections of its own that only read, and it ends with its answer. */
export type ReplayWorkerData = DraftSettings & {
  readonly configPath: string
  readonly auditPath: string
  readonly immune: ImmuneTargets
  readonly ask: ReplayAsk
}

const port = parentPort
if (port !== null) {
  const tell = (told: ReplayTold) => port.postMessage(told)
  const { configPath, auditPath, immune, ask, ...settings } = workerData as ReplayWorkerData // made by wiring/replay.ts, which types it
  try {
    const configuration = openForReading(configPath)
    const log = openForReading(auditPath)
    const stoodAt = createStoodAt(configuration)
    const report = replayDraft(
      {
        tools: draftTools(settings, { sha256: sha256Hex, clock: systemClock }),
        account: settings.account,
        state: { ...(await createResourceStore(configuration, sha256Hex).current()), immune },
        stoodAt: (generation, issuer) => stoodAt(generation, { issuer, role: '' }),
        amend: (previous, amendment, stamp) =>
          finish(amendConfiguration(previous, amendment, { ...stamp, ...settings, sha256: sha256Hex })),
        reader: createDecisionReader(log),
        onProgress: (progress) => tell({ told: 'progress', ...progress }),
      },
      ask,
    )
    tell({ told: 'report', report })
  } catch (thrown) {
    const error = asVendorError(thrown)
    const { problems, moreProblems } =
      error instanceof ConfigurationInvalid ? error : { problems: null, moreProblems: 0 }
    const cause = error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : ''
    tell({ told: 'error', code: error.code, facts: error.facts, cause, problems, moreProblems })
  }
}

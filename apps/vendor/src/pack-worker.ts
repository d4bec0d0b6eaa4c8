import { parentPort, workerData } from 'node:worker_threads'
import { createPackReader } from './audit/pack-reader.ts'
import { createReviewReader } from './audit/review-reader.ts'
import type { PackSealed, PackTold } from './desk/pack-desk.ts'
import { asVendorError, VendorError } from './errors.ts'
import { createPackSpool } from './evidence/spool.ts'
import { makePack } from './flows/reviews/pack/make.ts'
import type { PackAsk, PackMade } from './ports/packs.ts'
import { sha256Hex } from './runtime.ts'
import { openForReading } from './storage/sqlite/open.ts'

/** The worker that makes one evidence pack: a connection of its own that only reads, and it ends with its answer. */
export type PackWorkerData = {
  readonly auditPath: string
  /** Where the pack is to lie. */
  readonly path: string
  readonly ask: PackAsk
}

const port = parentPort
if (port !== null) {
  const tell = (told: PackTold) => port.postMessage(told)
  const { auditPath, path, ask } = workerData as PackWorkerData // made by wiring/packs.ts, which types it
  try {
    const connection = openForReading(auditPath)
    // One moment of the log from the first read to the last: nothing is pruned away half-way.
    connection.exec('BEGIN')
    await makePack(
      {
        audit: { packs: createPackReader(connection), reviews: createReviewReader(connection) },
        sha256: sha256Hex,
        spool: createPackSpool(path),
        onProgress: (progress) => tell({ told: 'progress', ...progress }),
        seal(made: PackMade) {
          const { promise, resolve, reject } = Promise.withResolvers<string>()
          port.once('message', ({ proof }: PackSealed) => {
            if (proof === null)
              reject(new VendorError('audit_unavailable', { facts: { reason: 'not sealed' } }))
            else resolve(proof)
          })
          tell({ told: 'made', ...made })
          return promise
        },
      },
      ask,
    )
    tell({ told: 'done' })
  } catch (thrown) {
    const { code, facts, cause } = asVendorError(thrown)
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : ''
    tell({ told: 'error', code, facts, cause: text })
  }
}

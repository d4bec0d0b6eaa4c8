import { parentPort, workerData } from 'node:worker_threads'
import type { DetectTold, DetectWorkerData } from './detect/detect-desk.ts'
import { detectHere } from './detect/detect-desk.ts'

/** The worker in which lint and detectors look at a large configuration or a long log. */
const port = parentPort
if (port !== null) {
  const { paths, live } = workerData as DetectWorkerData // made by detect-desk, which types it
  port.postMessage(told())

  function told(): DetectTold {
    try {
      return { ok: true, detected: detectHere(paths, live) }
    } catch (thrown) {
      return { ok: false, cause: thrown instanceof Error ? (thrown.stack ?? thrown.message) : 'unknown' }
    }
  }
}

import type { MessagePort } from 'node:worker_threads'
import { asVendorError } from '../errors.ts'
import type { ConfigurationDesk, Drafted } from '../ports.ts'
import type { Ask, Told } from './messages.ts'

/**
 * The worker's side: one draft, and what is asked of it. `afterCommit` runs when the answer to a commit is on its way.
 * The thread ends when the process ends it.
 */
export function serveDesk(port: MessagePort, desk: ConfigurationDesk, afterCommit: () => void): void {
  let drafted: Drafted | null = null

  async function answer(ask: Ask): Promise<unknown> {
    if (ask.ask === 'draft') {
      drafted = await desk.draft(ask.of, ask.immune)
      return { head: drafted.head, expectedGeneration: drafted.expectedGeneration }
    }
    if (drafted === null) throw new Error('nothing is drafted')
    switch (ask.ask) {
      case 'resources':
      case 'changes':
        return drafted[ask.ask](ask.from)
      case 'answer':
        return drafted.answer(ask.more)
      case 'keep':
        return drafted.keep(ask.change)
      case 'commit':
        return drafted.commit(ask.by)
    }
  }

  port.on('message', (ask: Ask) => {
    answer(ask).then(
      (value) => {
        tell({ ok: true, value }, buffersOf(value))
        if (ask.ask === 'commit') afterCommit()
      },
      (thrown: unknown) => {
        const { code, facts, cause } = asVendorError(thrown)
        tell(
          { ok: false, code, facts, cause: cause instanceof Error ? (cause.stack ?? cause.message) : '' },
          [],
        )
      },
    )
  })

  function tell(told: Told, transfer: readonly ArrayBuffer[]): void {
    port.postMessage(told, transfer)
  }
}

/** Bytes are handed over, not copied: the worker needs them no more. */
function buffersOf(value: unknown): readonly ArrayBuffer[] {
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : []
}

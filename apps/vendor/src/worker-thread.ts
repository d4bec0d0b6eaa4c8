import { setFlagsFromString } from 'node:v8'
import type { WorkerOptions } from 'node:worker_threads'
import { Worker } from 'node:worker_threads'

/** Calls from WebAssembly to JavaScript after which V8 compiles a wrapper of its own for them: more than there will be. */
const NEVER = 2 ** 31 - 1

/**
 * Starts a worker thread. Every worker of ours is started here, because of Node 24: it takes types out of our sources by
 * WebAssembly, in each worker anew, and V8 13.6 shares compiled wrappers of such calls between the threads of a process
 * without counting their users rightly. One worker in about a thousand died of that at its start, with SIGSEGV, and the
 * process with it. A wrapper that is never compiled is never shared. Nothing that `build` makes needs WebAssembly in a
 * worker; there the flag, which costs each worker some milliseconds, is not set.
 */
export function startWorker(entry: URL, options: WorkerOptions): Worker {
  if (entry.pathname.endsWith('.ts')) setFlagsFromString(`--wasm-wrapper-tiering-budget=${NEVER}`)
  return new Worker(entry, options)
}

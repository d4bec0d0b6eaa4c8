import { join } from 'node:path'
import { type RunningProcess, startProcess } from '../../test/support/process.ts'

export type Listening = { readonly origin: string; readonly process: RunningProcess }

/** Starts a script of ours that prints its origin when it listens. */
export async function listening(args: readonly string[]): Promise<Listening> {
  const started: RunningProcess = await startProcess({
    name: args.at(-1) ?? '',
    command: process.execPath,
    args,
    cwd: join(import.meta.dirname, '../..'),
  })
  while (!/https?:\/\/\S+\n/.test(started.output())) await new Promise((resolve) => setTimeout(resolve, 20))
  return { origin: /https?:\/\/\S+/.exec(started.output())?.[0] ?? '', process: started }
}

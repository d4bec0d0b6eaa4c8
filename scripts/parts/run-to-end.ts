import { startProcess } from '../../test/support/process.ts'
import type { Environment } from './part.ts'

/** Runs a program to its end, with nothing left behind if we are killed; throws its last words if it fails. */
export async function runToEnd(options: {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Environment
  readonly cwd: string
  readonly onOutput?: (text: string) => void
}): Promise<string> {
  await using running = await startProcess(options)
  const { code, signal } = await running.exited
  if (code === 0) return running.output()
  const words = running.output().trim().split('\n').slice(-5).join('\n')
  throw new Error(`\`${options.name}\` ended with ${signal ?? `code ${code}`}: ${words}`)
}

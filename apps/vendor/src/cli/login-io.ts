import type { LoginPlace } from '../login/keep.ts'
import type { CommandIo } from './io.ts'

/** What signing in and out is handed beside what every command is. */
export type LoginIo = CommandIo & {
  readonly place: LoginPlace
  readonly openBrowser: (url: string) => boolean
  /** Whether a browser of this machine can be seen by whoever types. */
  readonly hasDisplay: boolean
  /** Runs a program with more in its environment; its exit code. */
  readonly run: (command: readonly string[], env: Readonly<Record<string, string>>) => Promise<number>
  readonly skewSeconds: number
}

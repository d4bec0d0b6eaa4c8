import type { Claims } from '../../apps/vendor/src/domain/subject.ts'
import type { ProgramEnd } from '../support/run-program.ts'

/** One system: its page in docs/clients, and what its blocks are run with. */
export type Recipe = {
  /** File name of the page. */
  readonly page: string
  /** The issuer of the page's jobs in `stint.yaml`, and what its tokens say there. */
  readonly issuer: string
  readonly claims: Claims
  /** Claims that the platform puts into a token only where the job asks for them by name. */
  readonly onRequest?: readonly string[]
  /** The mapping of this page: every block that is run ends in a session of it. */
  readonly mapping: string
  /** Objects in the bucket `artifacts` that are there afterwards. */
  readonly leaves: readonly string[]
  /** What a block that says `run=<name>` is run by, beside `sh`. */
  readonly runners: Readonly<Record<string, Runner>>
  /** Its programs are large or take long to make: `test:long` alone runs its blocks. */
  readonly long?: true
  /** Spoils the first block that is run; what its user then sees stands in the page's last section, in this order. */
  readonly faults: readonly Fault[]
}

/** Runs a block to its end, or to the first command in it that fails. */
export type Runner = (text: string, job: Job) => Promise<ProgramEnd>

/** A folder, an environment and an identity: what a platform gives a job. */
export type Job = {
  /** The `jti` of its tokens, by which the log is asked for its sessions. */
  readonly id: string
  /** Empty but for the page's files; also HOME. */
  readonly folder: string
  /** PATH with the programs that pages name, HOME, and nothing of this machine's AWS settings. */
  readonly env: Readonly<Record<string, string>>
  /** Where tools find a token that nobody hands to them. */
  readonly tokenFile: string
  /** Of the server, to the letter. */
  readonly audience: string
  /** A token of the platform for that audience. `asked`: claims that it gives on request only. */
  token(audience: string, asked?: readonly string[]): string
  /** Writes files below the folder. */
  put(files: readonly { readonly path: string; readonly text: string }[]): Promise<void>
  /** By `sh -e`, in the folder. */
  sh(script: string, env?: Readonly<Record<string, string>>): Promise<ProgramEnd>
}

export type Fault = {
  /** Stands in the name of the test. */
  readonly name: string
  /** Over the claims of the good token. */
  readonly claims?: Claims
  /** Puts one text of the block in the place of another: what a person would have mistyped. */
  readonly replace?: readonly [from: string, to: string]
  /** After the token in the file; a newline, say. */
  readonly afterToken?: string
}

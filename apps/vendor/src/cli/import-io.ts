import type { lookup as systemLookup } from 'node:dns/promises'
import type { CommandIo } from './io.ts'

/** What `stint import` is handed beside what every command is. */
export type ImportIo = CommandIo & {
  readonly readBytes: (path: string) => Promise<Uint8Array>
  /** Writes whole or not at all; `false` where the file is there already and may not be replaced. */
  readonly writeFile: (path: string, text: string, how: { readonly replace: boolean }) => Promise<boolean>
  /** Asks on the terminal, without echo where `hidden`; null where there is none. */
  readonly prompt: ((question: string, how: { readonly hidden: boolean }) => Promise<string>) | null
  readonly lookup: typeof systemLookup
}

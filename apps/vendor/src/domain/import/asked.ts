import type { Kind } from '../issuer.ts'

/** What an import was asked for. */
export type ImportOptions = {
  /** Name of the target in the file. */
  readonly target: string
  readonly for: Kind
  /** Codes of findings that every role lives with, by name. */
  readonly accept: readonly string[]
  /** Whose tokens the mappings are about; null: what the store's own provider says, else nobody. */
  readonly issuer: { readonly url: string; readonly audience: string } | null
  /** The claims that carry a user's and a group's name. */
  readonly userClaim: string
  readonly groupClaim: string
  /** When the mapping skeletons end, as a date. */
  readonly expires: string
}

/** An entry of the file, or, where `body` is null, only what is said in its place. */
export type Entry = {
  readonly name: string
  readonly body: Readonly<Record<string, unknown>> | null
  readonly comments: readonly string[]
}

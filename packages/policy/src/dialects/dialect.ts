import type { ActionTable } from '../action-table.ts'
import type { ConditionKeys } from '../condition-key.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { Statement } from '../document.ts'
import type { Placeholders } from '../placeholder.ts'

export type DialectName = 'minio' | 'rgw' | 'aws'

/** A target's policy language: what it can say, how it reads it, how it counts it, and which keys its callers can forge. */
export type Dialect = {
  readonly name: DialectName
  /** What people call the store. */
  readonly title: string
  readonly actions: ActionTable
  /** The store may know actions that the table does not, and ignores a name that it does not know. */
  readonly open: boolean
  readonly keys: ConditionKeys
  readonly budget: Budget
  /** The size of a text of printed JSON as the store counts it, in the unit of the budget; that of two is that of each. */
  measure(printed: string): number
  /** What is written for a sign that means itself nowhere else; a sign without an entry is refused in values. */
  readonly escapes: ReadonlyMap<string, string>
  /** Whether the caller can answer this key itself with a header or a query name (DESIGN rule 7). */
  isForgeable(key: string): boolean
  readonly reading: Reading
  /** Checks one statement, with its placeholders still in it, against DESIGN rules 4, 6 and 7; every finding has its path. */
  checkStatement(statement: Statement, placeholders: Placeholders, path: string): readonly Diagnostic[]
}

export type Budget = {
  readonly max: number
  readonly unit: 'bytes' | 'characters'
  /** What is counted, in words. */
  readonly counted: string
  /** What our count does not see, in words; null: nothing. */
  readonly unseen: string | null
}

/** How a store reads a document, where stores differ. */
export type Reading = {
  /** The action `*` makes it ignore Resource. */
  readonly starIgnoresResource: boolean
  /** An action that begins with `*` is every action. */
  readonly starBeginsAll: boolean
  readonly actionsByCase: boolean
  readonly keysByCase: boolean
  /** What `?` stands for. */
  readonly oneSign: 'byte' | 'character'
  /** A bucket is matched as `bucket/`, so that `bucket/*` matches it, and paths are cleaned before they are compared. */
  readonly bucketIsPath: boolean
  /** `${*}`, `${?}` and `${$}` are the signs themselves. */
  readonly escapes: boolean
  /** What else a statement allows or denies that names exactly this action. */
  readonly implies: ReadonlyMap<string, string>
  /** A negated operator holds where the key is missing. */
  readonly missingHoldsNot: boolean
  /** Of several values of a negated operator none may hold (`all`), or one may hold (`any`). */
  readonly notOf: 'all' | 'any'
  /** `Null` reads its value; else it always asks whether the key is missing. */
  readonly nullReadsValue: boolean
}

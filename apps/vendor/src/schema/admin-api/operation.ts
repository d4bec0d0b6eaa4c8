import type { Permission } from '../../domain/admin-role.ts'

/** JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>

export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description: string
  readonly schema: Schema
}

/** One operation of the admin API: who may, where it is, what it takes and answers. The document is made of these. */
export type Operation = {
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT'
  /** As OpenAPI writes it: `/v1/admin/mappings/{name}:disable`. */
  readonly path: string
  readonly permission: Permission
  readonly summary: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | null
  /** By status; problems are the same everywhere and stand in the document once. */
  readonly answers: Readonly<Record<number, Answered>>
}

export type Answered = {
  readonly description: string
  readonly schema: Schema
  /** Left out: application/json. */
  readonly mediaType?: string
}

/** The path as Hono matches it; what follows a parameter after a colon belongs to its text there. */
export function routePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}(:[a-z]+)?/g, (_whole, name: string, verb?: string) =>
    verb === undefined ? `:${name}{[^/:]+}` : `:${name}{[^/:]+${verb}}`,
  )
}

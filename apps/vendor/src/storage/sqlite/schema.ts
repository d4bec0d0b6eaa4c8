import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** The tables of `config.db` for typed queries; the truth is `migrations/sqlite/config`, and a test holds the two together. */

export const resource = sqliteTable(
  'resource',
  {
    kind: text().notNull(),
    name: text().notNull(),
    version: integer().notNull(),
    state: text({ enum: ['enabled', 'disabled'] }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name] })],
)

export const resourceVersion = sqliteTable(
  'resource_version',
  {
    kind: text().notNull(),
    name: text().notNull(),
    version: integer().notNull(),
    state: text({ enum: ['enabled', 'disabled'] }).notNull(),
    /** JSON, in RFC 8785 form. */
    body: text().notNull(),
    sha256: text().notNull(),
    author: text().notNull(),
    atMs: integer('at_ms').notNull(),
    generation: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.name, table.version] })],
)

export const generation = sqliteTable('generation', {
  id: integer().primaryKey(),
  value: integer().notNull(),
})

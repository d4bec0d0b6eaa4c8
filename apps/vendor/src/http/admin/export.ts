import { Hono } from 'hono'
import type { ExportFormat } from '../../domain/export/export-line.ts'
import { VendorError } from '../../errors.ts'
import type { ExportedLines } from '../../flows/export-log.ts'
import type { ExportQuery } from '../../ports/log-keeping.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import type { AdminDoorDeps } from './door.ts'
import { adminRoute } from './door.ts'

export type ExportDoorDeps = AdminDoorDeps & {
  readonly exportLog: (format: ExportFormat, query: ExportQuery) => Promise<ExportedLines>
}

const DEFAULT_LIMIT = 500

/** `GET /v1/admin/audit/export`: a page of the log, a line an event; the header `stint-next` is the `after` of the next. */
export function exportDoor(deps: ExportDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'exportEvents', async (c) => {
    const query = readQuery(c.req.url, operationOf('exportEvents').parameters)
    const { lines, next } = await deps.exportLog(query.get('format') as ExportFormat, {
      // The operation's schema has the formats and the numbers.
      after: Number(query.get('after') ?? 0),
      limit: Number(query.get('limit') ?? DEFAULT_LIMIT),
      fromMs: instantOf(query, 'from'),
      toMs: instantOf(query, 'to'),
    })
    return c.body(lines.map((line) => `${line}\n`).join(''), 200, {
      ...NO_STORE,
      'content-type': 'application/x-ndjson',
      ...(next === null ? {} : { 'stint-next': String(next) }),
    })
  })
  return app
}

function instantOf(query: ReadonlyMap<string, string>, name: string): number | null {
  const text = query.get(name)
  if (text === undefined) return null
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new VendorError('parameter_invalid', { facts: { parameter: name } })
  return ms
}

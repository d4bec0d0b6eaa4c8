import type { EventType } from '../domain/audit-event.ts'
import { EVENT_TYPES } from '../domain/audit-event.ts'
import type { AuditQuery } from '../ports.ts'

type Parsed =
  | { readonly ok: true; readonly value: AuditQuery }
  | { readonly ok: false; readonly parameter: string }

const TEXTS = ['assumption', 'request', 'issuer', 'role', 'mapping', 'code'] as const
const KNOWN = new Set<string>([...TEXTS, 'type', 'from', 'to', 'before', 'limit'])
const MAX_TEXT = 256
const MAX_LIMIT = 500
const DEFAULT_LIMIT = 50

/**
 * Reads the query of the audit page. `type` may stand several times; `from` and `to` are ISO 8601 instants; an unknown
 * parameter is refused by name, because a filter that is ignored shows what was not asked for.
 */
export function parseAuditQuery(query: URLSearchParams): Parsed {
  const unknown = [...query.keys()].find((name) => !KNOWN.has(name))
  if (unknown !== undefined) return { ok: false, parameter: unknown.slice(0, 64) || 'one without a name' }
  const types = query.getAll('type')
  if (!types.every(isEventType)) return { ok: false, parameter: 'type' }
  const numbers = { before: whole(query.get('before')), limit: whole(query.get('limit')) }
  const instants = { fromMs: instant(query.get('from')), toMs: instant(query.get('to')) }
  const bad =
    Object.entries({ ...numbers, ...instants }).find(([, value]) => Number.isNaN(value))?.[0] ??
    TEXTS.find((name) => query.getAll(name).length > 1 || (query.get(name) ?? '').length > MAX_TEXT)
  if (bad !== undefined) return { ok: false, parameter: bad.replace('Ms', '') }
  const limit = numbers.limit ?? DEFAULT_LIMIT
  if (limit < 1 || limit > MAX_LIMIT) return { ok: false, parameter: 'limit' }
  const texts = Object.fromEntries(
    TEXTS.flatMap((name) => (query.get(name) ? [[name, query.get(name) ?? '']] : [])),
  )
  const set = <T>(name: string, value: T | null) => (value === null ? {} : { [name]: value })
  return {
    ok: true,
    value: {
      ...texts,
      ...(types.length > 0 ? { types } : {}),
      ...set('before', numbers.before),
      ...set('fromMs', instants.fromMs),
      ...set('toMs', instants.toMs),
      limit,
    },
  }
}

function isEventType(text: string): text is EventType {
  return EVENT_TYPES.some((type) => type === text)
}

function whole(text: string | null): number | null {
  if (text === null) return null
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function instant(text: string | null): number | null {
  return text === null ? null : Date.parse(text)
}

import { EVENT_TYPES, type EventType } from '../../domain/audit-event.ts'
import { periodOf } from '../../domain/review/period.ts'

type Kind = { readonly value: string; readonly words: string; readonly types: readonly EventType[] }

const startingWith = (...parts: readonly string[]) =>
  EVENT_TYPES.filter((type) => parts.some((part) => type.startsWith(part)))

/** What somebody looks for, and which events that is. */
export const LOG_KINDS: readonly Kind[] = [
  { value: '', words: 'everything', types: [] },
  { value: 'refused', words: 'refusals', types: ['assume.refused', 'assume.refused_summary'] },
  { value: 'given', words: 'sessions given', types: ['assume.issued', 'assume.redelivered'] },
  {
    value: 'trouble',
    words: 'sessions in trouble',
    types: ['assume.upstream_failed', 'assume.withheld', 'assume.unresolved'],
  },
  { value: 'changes', words: 'configuration', types: startingWith('config.', 'change.') },
  { value: 'ended', words: 'revocations', types: startingWith('revoke.', 'assume.revoked') },
  { value: 'people', words: 'administrators', types: startingWith('admin.') },
  {
    value: 'stores',
    words: 'stores and issuers',
    types: startingWith('target.', 'jwks.', 'probe.', 'secret.'),
  },
  { value: 'log', words: 'log and process', types: startingWith('log.', 'process.') },
]

const DAY = /^\d{4}-\d{2}-\d{2}$/

/**
 * The form of the log page as a query of the admin API: a kind is its types, a day its first instant or the one after it, and a field
 * that was left empty is not there. What is not ours stays and is refused by name.
 */
export function logQuery(form: URLSearchParams, limit: number): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of form) {
    if (value === '' || name === 'limit') continue
    if (name === 'kind') {
      for (const type of LOG_KINDS.find((one) => one.value === value)?.types ?? []) query.append('type', type)
    } else if (name === 'from' && DAY.test(value)) query.append(name, `${value}T00:00:00.000Z`)
    else if (name === 'to' && DAY.test(value)) query.append(name, periodOf({ from: value, to: value }).to)
    else query.append(name, value)
  }
  query.set('limit', String(limit))
  return query
}

import { segmentsOf } from './arn.ts'
import { conditionHolds } from './condition-holds.ts'
import type { Reading } from './dialects/dialect.ts'
import type { Statement } from './document.ts'
import { matchesPattern } from './pattern.ts'
import { textMatches } from './text-matches.ts'

/** One request as a store would judge it. */
export type AccessRequest = {
  /** A full name, such as `s3:GetObject`. */
  readonly action: string
  /** `arn:aws:s3:::bucket`, `arn:aws:s3:::bucket/key`, or `arn:aws:s3:::*` for what asks for no bucket. */
  readonly resource: string
  /** Condition keys and their values as the store sees them. */
  readonly context?: Readonly<Record<string, readonly string[]>>
}

/** What a document says to a request, and the statement that decided; null where none speaks of it. */
export type Access = {
  readonly outcome: 'allowed' | 'denied' | 'not_allowed'
  readonly statement: number | null
}

/**
 * What these statements say to a request, read as the store of a dialect reads them: any Deny that matches denies, else
 * any Allow allows (AWS IAM User Guide, "Policy evaluation logic"; where stores differ, `Reading`).
 */
export function evaluate(statements: readonly Statement[], request: AccessRequest, reading: Reading): Access {
  const matching = statements.map((statement) => statementMatches(statement, request, reading))
  const first = (effect: Statement['Effect']) =>
    matching.findIndex((matches, index) => matches && statements[index]?.Effect === effect)
  const denied = first('Deny')
  if (denied !== -1) return { outcome: 'denied', statement: denied }
  const allowed = first('Allow')
  return allowed === -1
    ? { outcome: 'not_allowed', statement: null }
    : { outcome: 'allowed', statement: allowed }
}

function statementMatches(
  { Effect, Action, Resource, Condition }: Statement,
  { action, resource, context = {} }: AccessRequest,
  reading: Reading,
): boolean {
  if (!Action.some((text) => actionMatches(text, action, reading))) return false
  const anywhere = reading.starIgnoresResource && Action.includes('*')
  if (!anywhere && !Resource.some((text) => resourceMatches(text, resource, reading))) return false
  return conditionHolds(Condition ?? {}, context, { reading, effect: Effect })
}

function actionMatches(text: string, action: string, reading: Reading): boolean {
  if (reading.starBeginsAll && text.startsWith('*')) return true
  if (reading.implies.get(text) === action) return true
  return reading.actionsByCase
    ? matchesPattern(text, action)
    : matchesPattern(text.toLowerCase(), action.toLowerCase())
}

const ARN = 'arn:aws:s3:::'

function resourceMatches(text: string, resource: string, reading: Reading): boolean {
  if (reading.bucketIsPath) return pathMatches(text, resource, reading)
  if (text === '*') return true
  const [wanted, given] = [segmentsOf(text), segmentsOf(resource)]
  return wanted.every((segment, index) => textMatches(segment, given[index] ?? '', reading))
}

/** MinIO compares paths: `bucket/` for a bucket, `/` for what asks for none, and what is left of them once cleaned. */
function pathMatches(text: string, resource: string, reading: Reading): boolean {
  if (!text.startsWith(ARN) && text !== '*') return false
  const pattern = text === '*' ? '*' : text.slice(ARN.length)
  const rest = resource === `${ARN}*` ? '/' : resource.slice(ARN.length)
  const path = rest.includes('/') ? rest : `${rest}/`
  return cleaned(path) === pattern || textMatches(pattern, path, reading)
}

/** Go's path.Clean: empty and `.` segments go, `..` takes the one before it with it. */
function cleaned(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `${path.startsWith('/') ? '/' : ''}${kept.join('/')}`
}

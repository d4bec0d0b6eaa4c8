import { namesOf } from './action-set.ts'
import type { ResourceKind } from './action-table.ts'
import { parseS3Arn } from './arn.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Statement } from './document.ts'
import { withEscapes, withoutEscapes } from './pattern.ts'
import { intersectPatterns, widest } from './pattern-intersection.ts'

const KEY_ARN = /^arn:aws:kms:[a-z0-9-]*:[0-9]*:key\/[A-Za-z0-9-]+$/

/** What a caller may name: everything, buckets and objects, or a key written out. */
export function isResourceText(text: string): boolean {
  return text === '*' || parseS3Arn(text) !== null || KEY_ARN.test(text)
}

/** Texts that together match exactly what both lists match, or null where no texts say it. */
export function meetResources(
  given: readonly string[],
  asked: readonly string[],
  dialect: Dialect,
): readonly string[] | null {
  const met = new Set<string>()
  for (const one of given) {
    for (const other of asked) {
      const both = intersectPatterns(read(one, dialect), withoutEscapes(other))
      if (both === null) return null
      for (const pattern of both) met.add(pattern)
    }
  }
  // Where there are no escapes, a sign that only an escape could write stays what it is, and the checks refuse it.
  const texts = widest([...met])
  return dialect.reading.escapes ? texts.map(withEscapes) : texts
}

function read(text: string, { reading }: Dialect): string {
  return reading.escapes ? withoutEscapes(text) : text
}

/** The statement without actions that find no resource of their kind, and without resources that no action is for. */
export function onlyFitting(
  dialect: Dialect,
  { Action, Resource }: Pick<Statement, 'Action' | 'Resource'>,
): Pick<Statement, 'Action' | 'Resource'> | null {
  const kindsOf = (text: string) =>
    new Set([...namesOf(dialect, [text], dialect.reading)].map((name) => dialect.actions.kinds.get(name)))
  const wanted = new Set(Action.flatMap((text) => [...kindsOf(text)]))
  const there = new Set<ResourceKind | undefined>()
  const resources = Resource.filter((text) => {
    const kinds = resourceKinds(text).filter((kind) => wanted.has(kind))
    for (const kind of kinds) there.add(kind)
    return kinds.length > 0
  })
  const actions = Action.filter((text) => [...kindsOf(text)].some((kind) => there.has(kind)))
  return actions.length === 0 || resources.length === 0 ? null : { Action: actions, Resource: resources }
}

/** What a resource of a session policy can be: its bucket is written out, so a slash decides. */
function resourceKinds(text: string): readonly ResourceKind[] {
  if (text === '*' || text === 'arn:aws:s3:::*') return ['service', 'bucket', 'object', 'key']
  const arn = parseS3Arn(text)
  if (arn === null) return ['key']
  return [arn.key === null ? 'bucket' : 'object']
}

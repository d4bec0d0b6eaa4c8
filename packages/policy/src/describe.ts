import type { ConditionBlock, Statement } from './document.ts'

/** What people call what these actions do together; the rest is named as it is. */
const VERBS: readonly (readonly [words: string, actions: readonly string[]])[] = [
  ['read', ['s3:GetObject']],
  ['write', ['s3:PutObject']],
  ['delete', ['s3:DeleteObject']],
  ['upload in parts', ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']],
  ['list', ['s3:ListBucket']],
  ['look up the region of', ['s3:GetBucketLocation']],
  ['list all buckets of', ['s3:ListAllMyBuckets']],
]

const ARN = 'arn:aws:s3:::'

/**
 * What statements allow, a line each, as somebody would say it: `read and write artifacts/{{prefix}}/*`. A Deny begins
 * with `never`. Nothing is left out: an action without a word of its own stands by its name, a condition as it is.
 */
export function describePolicy(statements: readonly Statement[]): readonly string[] {
  return statements.map(({ Effect, Action, Resource, Condition }) => {
    const what = joined(verbsOf(Action), 'and')
    const where = joined(Resource.map(placeOf), 'and')
    return `${Effect === 'Deny' ? 'never ' : ''}${what} ${where}${conditionWords(Condition)}`
  })
}

function verbsOf(actions: readonly string[]): readonly string[] {
  const left = new Set(actions)
  const verbs = VERBS.flatMap(([words, wanted]) => {
    if (!wanted.every((action) => left.has(action))) return []
    for (const action of wanted) left.delete(action)
    return [words]
  })
  return [...verbs, ...left]
}

function placeOf(resource: string): string {
  if (resource === `${ARN}*`) return 'the whole store'
  if (!resource.startsWith(ARN)) return resource
  const path = resource.slice(ARN.length)
  return path.includes('/') ? path : `bucket ${path}`
}

function conditionWords(condition: ConditionBlock | undefined): string {
  const parts = Object.entries(condition ?? {}).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => `${key} ${operator} ${joined(values, 'or')}`),
  )
  return parts.length === 0 ? '' : `, if ${joined(parts, 'and')}`
}

function joined(words: readonly string[], last: 'and' | 'or'): string {
  if (words.length <= 2) return words.join(` ${last} `)
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1) ?? ''}`
}

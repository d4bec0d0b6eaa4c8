import { conditionInWords, joined } from './describe-condition.ts'
import type { Dialect } from './dialects/dialect.ts'
import type { Statement } from './document.ts'
import { hasWildcard } from './pattern.ts'

/** What people call what these actions do together; the rest is named as it is. */
const VERBS: readonly (readonly [words: string, actions: readonly string[]])[] = [
  ['do everything in', ['s3:*']],
  ['read', ['s3:GetObject']],
  ['write', ['s3:PutObject']],
  ['delete', ['s3:DeleteObject']],
  ['read versions of', ['s3:GetObjectVersion']],
  ['delete for good versions of', ['s3:DeleteObjectVersion']],
  ['upload in parts', ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts']],
  ['read tags of', ['s3:GetObjectTagging']],
  ['write tags of', ['s3:PutObjectTagging']],
  ['change who has access to', ['s3:PutObjectAcl']],
  ['list', ['s3:ListBucket']],
  ['list versions in', ['s3:ListBucketVersions']],
  ['list uploads in', ['s3:ListBucketMultipartUploads']],
  ['look up the region of', ['s3:GetBucketLocation']],
  ['change the policy of', ['s3:PutBucketPolicy']],
  ['list all buckets of', ['s3:ListAllMyBuckets']],
  ['decrypt with', ['kms:Decrypt']],
  ['encrypt with', ['kms:Encrypt']],
  ['make data keys with', ['kms:GenerateDataKey']],
]

const ARN = 'arn:aws:s3:::'
const KEY_ARN = 'arn:aws:kms:'

/**
 * What statements allow, a line each, as somebody would say it: `read and write artifacts/{{prefix}}/*`. A Deny begins
 * with `never`. Nothing is left out: an action without a word of its own stands by its name, a pattern with the number of
 * actions that the dialect knows of it, and a condition that the caller can answer itself says so.
 */
export function describePolicy(
  statements: readonly Statement[],
  dialect: Dialect | null = null,
): readonly string[] {
  return statements.map(({ Effect, Action, Resource, Condition = {} }) => {
    const what = joined(verbsOf(Action, dialect), 'and')
    const where = joined(Resource.map(placeOf), 'and')
    const words = Object.keys(Condition).length === 0 ? '' : `, if ${conditionInWords(Condition)}`
    const forged = dialect === null ? [] : forgeableOf(Condition, dialect)
    const note = forged.length === 0 ? '' : ` (the caller answers ${joined(forged, 'and')} itself)`
    return `${Effect === 'Deny' ? 'never ' : ''}${what} ${where}${words}${note}`
  })
}

function forgeableOf(condition: NonNullable<Statement['Condition']>, dialect: Dialect): readonly string[] {
  const keys = Object.values(condition).flatMap((one) => Object.keys(one))
  return [...new Set(keys)].filter((key) => dialect.isForgeable(key))
}

function verbsOf(actions: readonly string[], dialect: Dialect | null): readonly string[] {
  const left = new Set(actions)
  const verbs = VERBS.flatMap(([words, wanted]) => {
    if (!wanted.every((action) => left.has(action))) return []
    for (const action of wanted) left.delete(action)
    return [words]
  })
  const counted = [...left].map((text) => {
    if (dialect === null || !hasWildcard(text)) return text
    const count = dialect.actions.matching(text).length
    return `${text} (${count} ${count === 1 ? 'action' : 'actions'})`
  })
  return [...verbs, ...counted]
}

function placeOf(resource: string): string {
  if (resource === `${ARN}*` || resource === '*') return 'the whole store'
  if (resource.startsWith(KEY_ARN)) return `the key ${resource.split('/').at(-1) ?? resource}`
  if (!resource.startsWith(ARN)) return resource
  const path = resource.slice(ARN.length)
  return path.includes('/') ? path : `bucket ${path}`
}

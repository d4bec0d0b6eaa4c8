import { covers, DIALECTS, type PolicyDocument, type Statement } from '@stint/policy'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PlaceUse } from './exercised.ts'
import { policyOfUse } from './policy-of-use.ts'

const IN = 'arn:aws:s3:::artifacts/{{prefix}}/*'
const LOGS = 'arn:aws:s3:::logs/*'
const BUCKET = 'arn:aws:s3:::artifacts'
const allow = (Action: readonly string[], Resource: readonly string[]): Statement => ({
  ...{ Effect: 'Allow', Action, Resource },
})
const documentOf = (...Statement: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement,
})
const use = (action: string, place: string | null, allowed = 1): PlaceUse => ({
  ...{ action, place, allowed, refused: 0, lastMs: 0 },
})
const narrowed = (document: PolicyDocument, uses: readonly PlaceUse[]) =>
  policyOfUse(document, { dialect: DIALECTS.minio, uses, placeOf: (resource) => resource })

test('what was used stays where it was used, and nothing else', () => {
  const document = documentOf(
    allow(['s3:GetObject', 's3:PutObject'], [IN, LOGS]),
    allow(['s3:ListBucket'], [BUCKET]),
  )
  const found = narrowed(document, [
    use('s3:GetObject', IN),
    use('s3:GetObject', LOGS),
    use('s3:PutObject', IN),
  ])
  expect(found.document?.Statement).toEqual([
    allow(['s3:GetObject', 's3:PutObject'], [IN]),
    allow(['s3:GetObject'], [LOGS]),
  ])
  expect(found.dropped).toEqual([
    { action: 's3:PutObject', resource: LOGS, told: true },
    { action: 's3:ListBucket', resource: BUCKET, told: true },
  ])
})

test('a pattern becomes the names that were used of it', () => {
  const found = narrowed(documentOf(allow(['s3:*Object'], [IN])), [use('s3:GetObject', IN)])
  expect(found.document?.Statement).toEqual([allow(['s3:GetObject'], [IN])])
  // Nobody asked for these by name, and whether anybody uses them nobody can tell.
  expect(found.dropped).toContainEqual({ action: 's3:ReplicateObject', resource: IN, told: false })
})

test('what the store does not tell of stays where anything was used', () => {
  const document = documentOf(
    allow(['s3:GetObjectVersion', 's3:DeleteObject'], [IN]),
    allow(['s3:GetObjectVersion'], [LOGS]),
  )
  const found = narrowed(document, [use('s3:GetObject', IN)])
  expect(found.document?.Statement).toEqual([allow(['s3:GetObject', 's3:GetObjectVersion'], [IN])])
  expect(found.untold).toEqual(['s3:GetObjectVersion'])
})

test('conditions and every Deny stay', () => {
  const Condition = { StringEquals: { 's3:ExistingObjectTag/team': ['a'] } }
  const deny: Statement = { Effect: 'Deny', Action: ['s3:GetObject'], Resource: [`${LOGS}secret`] }
  const document = documentOf({ ...allow(['s3:GetObject', 's3:PutObject'], [IN]), Condition }, deny)
  expect(narrowed(document, [use('s3:GetObject', IN)]).document?.Statement).toEqual([
    { ...allow(['s3:GetObject'], [IN]), Condition },
    deny,
  ])
})

test('an action that was counted under a place on which nothing grants it stays wherever it stood', () => {
  // Both fit: the access is counted under the first.
  const document = documentOf(
    allow(['s3:GetObject'], [IN]),
    allow(['s3:PutObject'], ['arn:aws:s3:::artifacts/*']),
  )
  const found = narrowed(document, [use('s3:PutObject', IN), use('s3:GetObject', IN)])
  expect(found.document?.Statement).toEqual(document.Statement)
  expect(narrowed(document, [use('s3:PutObject', null)]).document?.Statement).toEqual([document.Statement[1]])
})

test('what was only tried and refused is not used, and where nothing was there is no document', () => {
  const refused = { ...use('s3:GetObject', IN, 0), refused: 3 }
  expect(narrowed(documentOf(allow(['s3:GetObject'], [IN])), [refused]).document).toBeNull()
})

test('it never allows anything that the document does not, whatever was used', () => {
  const actions = [...DIALECTS.minio.actions.kinds.keys(), 's3:*', 's3:Get*', 's3:*Object', 's3:P*']
  const resources = [IN, LOGS, BUCKET, 'arn:aws:s3:::*', 'arn:aws:s3:::artifacts/*']
  const some = (from: readonly string[]) =>
    fc.uniqueArray(fc.constantFrom(...from), { minLength: 1, maxLength: 4 })
  const statement = fc.tuple(fc.constantFrom('Allow', 'Allow', 'Deny'), some(actions), some(resources)).map(
    ([Effect, Action, Resource]): Statement => ({
      Effect: Effect as Statement['Effect'],
      Action,
      Resource,
    }),
  ) // one of the two
  const seen = fc.tuple(fc.constantFrom(...actions), fc.constantFrom(...resources, null), fc.nat(2))
  fc.assert(
    fc.property(
      fc.array(statement, { minLength: 1, maxLength: 4 }),
      fc.array(seen, { maxLength: 8 }),
      (statements, uses) => {
        const found = narrowed(
          documentOf(...statements),
          uses.map(([action, place, n]) => use(action, place, n)),
        )
        // What an action implies is of its own name, which the text of the document does not have.
        const outer = statements.map((one) => ({
          ...one,
          Action:
            one.Effect === 'Allow' && one.Action.includes('s3:GetObjectVersion')
              ? [...one.Action, 's3:GetObject']
              : one.Action,
        }))
        if (found.document !== null) expect(covers(outer, found.document.Statement)).toBe(true)
      },
    ),
  )
})

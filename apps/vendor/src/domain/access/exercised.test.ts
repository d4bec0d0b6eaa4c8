import { expect, test } from 'vitest'
import type { PlaceUse } from './exercised.ts'
import { exercisedInWords, grantedAgainstUsed } from './exercised.ts'

const IN = 'arn:aws:s3:::artifacts/{{prefix}}/*'
const LOGS = 'arn:aws:s3:::logs/*'
const GRANTED = [
  { action: 's3:DeleteObject', resources: [IN] },
  { action: 's3:GetObject', resources: [IN, LOGS] },
  { action: 's3:PutObject', resources: [IN] },
]
const use = (action: string, place: string | null, more: Partial<PlaceUse> = {}): PlaceUse => ({
  action,
  place,
  allowed: 1,
  refused: 0,
  lastMs: 1000,
  ...more,
})

test('what was used, how often and when last, and what never', () => {
  const uses = [
    use('s3:GetObject', IN, { allowed: 3 }),
    use('s3:GetObject', IN, { lastMs: 2000 }),
    use('s3:PutObject', IN),
  ]
  const found = grantedAgainstUsed(GRANTED, uses)
  expect(found.calls).toBe(5)
  expect(found.actions.used).toEqual([
    { name: 's3:GetObject', count: 4, lastMs: 2000 },
    { name: 's3:PutObject', count: 1, lastMs: 1000 },
  ])
  expect([found.actions.never, found.places.never]).toEqual([['s3:DeleteObject'], [LOGS]])
  expect(exercisedInWords(found)).toBe('used 2 of 3 actions, 1 of 2 places; never: s3:DeleteObject')
})

test('what was only tried and refused is not used', () => {
  const found = grantedAgainstUsed(GRANTED, [use('s3:DeleteObject', null, { allowed: 0, refused: 2 })])
  expect(found.actions.used).toEqual([])
  expect(found.refused).toEqual([{ name: 's3:DeleteObject', count: 2, lastMs: 1000 }])
})

test('a place or an action that is not granted any more is not counted among what is', () => {
  const found = grantedAgainstUsed(GRANTED, [
    use('s3:ListBucket', 'arn:aws:s3:::gone'),
    use('s3:GetObject', null),
  ])
  expect(found.actions.used.map(({ name }) => name)).toEqual(['s3:GetObject'])
  expect(found.places.used).toEqual([])
})

test('of an action that the entries of the store do not name, nobody says that it is never used', () => {
  const granted = [
    's3:GetObject',
    's3:GetObjectVersion',
    's3:PutObject',
    's3:PutObjectTagging',
    's3:ListBucket',
  ]
  const found = grantedAgainstUsed(
    granted.map((action) => ({ action, resources: [IN] })),
    [use('s3:GetObject', IN), use('s3:PutObject', IN)],
  )
  expect(found.actions.never).toEqual(['s3:ListBucket'])
  expect(found.actions.untold).toEqual(['s3:GetObjectVersion', 's3:PutObjectTagging'])
  expect(exercisedInWords(found)).toBe(
    'used 2 of 5 actions, 1 of 1 places; never: s3:ListBucket; of s3:GetObjectVersion, s3:PutObjectTagging the store does not tell',
  )
  // Where it is seen all the same, it is used.
  const seen = grantedAgainstUsed(
    [{ action: 's3:PutObjectTagging', resources: [IN] }],
    [use('s3:PutObjectTagging', IN)],
  )
  expect([seen.actions.used.length, seen.actions.untold]).toEqual([1, []])
})

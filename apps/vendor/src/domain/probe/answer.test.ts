import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COMMUNITY_MINIO } from '../../../../../test/corpus/probe.ts'
import { goesOn, judge, meaningOf, type StepAnswer } from './answer.ts'
import { TARGET_TRIES } from './catalogue.ts'
import type { Meaning, ProbeStep } from './try.ts'

const SAID = [
  { name: 'a success', status: 200, code: null, means: 'allowed' },
  { name: 'a deletion', status: 204, code: null, means: 'allowed' },
  {
    name: 'a missing key, which only who may read is told',
    status: 404,
    code: 'NoSuchKey',
    means: 'allowed',
  },
  { name: 'a missing bucket', status: 404, code: 'NoSuchBucket', means: 'missing' },
  { name: 'a refusal', status: 403, code: 'AccessDenied', means: 'refused' },
  {
    name: 'a wrong signature: any store refuses that',
    status: 403,
    code: 'SignatureDoesNotMatch',
    means: 'unclear',
  },
  { name: 'a wrong clock', status: 403, code: 'RequestTimeTooSkewed', means: 'unclear' },
  { name: 'a key that is no more', status: 403, code: 'InvalidAccessKeyId', means: 'gone' },
  { name: 'a refusal without a code', status: 403, code: null, means: 'unclear' },
  { name: 'AccessDenied with another status', status: 200, code: 'AccessDenied', means: 'allowed' },
  { name: 'a redirect', status: 307, code: 'TemporaryRedirect', means: 'unclear' },
  { name: 'an overload', status: 503, code: 'SlowDown', means: 'unclear' },
] as const

test.each(SAID)('$name means $means', ({ status, code, means }) => {
  expect(meaningOf(status, code)).toBe(means)
})

const step = (
  is: 'control' | 'claim',
  expected: 'allowed' | 'refused' | 'gone',
  does: 'send' | 'mint' = 'send',
) => ({ do: does, says: `${is} ${expected}`, is, expect: expected, session: 'a' }) as ProbeStep // what judging looks at
const came = (meaning: Meaning): StepAnswer => ({ meaning, status: null, code: null, ms: 0 })
const STEPS = [step('control', 'allowed'), step('claim', 'refused'), step('claim', 'refused')]

const JUDGED = [
  { name: 'all as expected', answers: ['allowed', 'refused', 'refused'], verdict: 'holds' },
  { name: 'one claim that is allowed', answers: ['allowed', 'refused', 'allowed'], verdict: 'fails' },
  {
    name: 'a claim that is allowed, and another that tells nothing',
    answers: ['allowed', 'allowed', 'unclear'],
    verdict: 'fails',
  },
  { name: 'a claim that tells nothing', answers: ['allowed', 'refused', 'unclear'], verdict: 'not_tried' },
  { name: 'a control that is refused', answers: ['refused'], verdict: 'not_tried' },
  { name: 'no answer', answers: ['allowed', 'unanswered'], verdict: 'not_tried' },
  {
    name: 'a session that is gone when it should be refused',
    answers: ['allowed', 'gone', 'gone'],
    verdict: 'not_tried',
  },
  {
    name: 'a bucket whose absence is told to who may not look',
    answers: ['allowed', 'missing', 'refused'],
    verdict: 'fails',
  },
  { name: 'a control at a bucket that is missing', answers: ['missing'], verdict: 'not_tried' },
  { name: 'steps that were not taken', answers: ['allowed', 'refused'], verdict: 'not_tried' },
] as const

test.each(JUDGED)('$name: $verdict', ({ answers, verdict }) => {
  expect(judge(STEPS, answers.map(came)).verdict).toBe(verdict)
})

test('nothing comes after a control that failed, after a session that was not given, or without an answer', () => {
  expect(goesOn(step('control', 'allowed'), came('refused'))).toBe(false)
  expect(goesOn(step('claim', 'refused', 'mint'), came('allowed'))).toBe(false)
  expect(goesOn(step('claim', 'refused'), came('unanswered'))).toBe(false)
  expect(goesOn(step('claim', 'refused'), came('allowed'))).toBe(true)
})

test('no try of the catalogue holds by answers that all mean the same', () => {
  const meanings: readonly Meaning[] = ['refused', 'missing', 'gone', 'unclear', 'unanswered']
  for (const { id, steps } of TARGET_TRIES.filter(({ untried }) => untried === undefined)) {
    // A store that refuses, loses or forgets everything must not look safe.
    for (const meaning of meanings)
      expect([
        id,
        meaning,
        judge(
          steps,
          steps.map(() => came(meaning)),
        ).verdict,
      ]).not.toEqual([id, meaning, 'holds'])
  }
})

test('an answer that tells nothing never turns a try that fails or is not tried into one that holds', () => {
  const meaning = fc.constantFrom<Meaning>('allowed', 'refused', 'missing', 'gone', 'unclear', 'unanswered')
  fc.assert(
    fc.property(fc.array(meaning, { minLength: 3, maxLength: 3 }), fc.nat(2), (all, at) => {
      const spoiled = all.map((one, index) => (index === at ? 'unclear' : one))
      expect(judge(STEPS, spoiled.map(came)).verdict).not.toBe('holds')
    }),
    { seed: 5 },
  )
})

test('every try has a name of its own, and something that can fail or a reason why it is not tried', () => {
  const ids = TARGET_TRIES.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  for (const { id, steps, untried, gives } of TARGET_TRIES) {
    const claims = steps.filter(({ is }) => is === 'claim').length
    expect([
      id,
      claims > 0 || untried !== undefined || gives !== undefined || id === 'confined-clean-up',
    ]).toEqual([id, true])
  }
})

test('docs/probe.md has a row for each try, as it is and as community MinIO came out', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../docs/probe.md'), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| `[a-z-]+` \| (?:guarantee|weakness)/.test(line))
  const measured: Readonly<Record<string, string>> = COMMUNITY_MINIO
  expect(rows).toEqual(
    TARGET_TRIES.map(
      ({ id, bears, title, expected }) =>
        `| \`${id}\` | ${bears} | ${title} | ${expected} | ${measured[id]} |`,
    ),
  )
})

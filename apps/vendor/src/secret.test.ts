import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from './secret.ts'

const MARK = 'canary-5d1c'

test('prints as redacted by every door but reveal', () => {
  const secret = new Secret(MARK)
  const printed = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 5 }),
    Object.values(secret).join(),
  ]
  for (const text of printed) expect(text).not.toContain(MARK)
  expect(secret.reveal()).toBe(MARK)
})

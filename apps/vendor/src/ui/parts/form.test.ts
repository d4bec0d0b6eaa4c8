import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { reasonField } from './form.ts'

const UI = join(import.meta.dirname, '..')
/** Fields whose words become a part of the log. */
const FIELD = /<(?:input|textarea)[^>]*name="(?:reason|rationale)"[^>]*>/g

test('whoever writes a reason is told beside the field that it stays where a person is erased', () => {
  const text = String(
    reasonField({ name: 'rationale', label: 'Why', of: 'here', least: 20, most: 99, rows: 3 }),
  )
  expect(text).toContain(
    '<textarea name="rationale" rows="3" minlength="20" required maxlength="99" aria-describedby="stays-here">',
  )
  expect(text).toMatch(/<p class="note" id="stays-here">It stays in the log.*erased/)
})

test('no page has a field for a reason that says nothing of it', () => {
  const files = readdirSync(UI, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  )
  const fields = files.flatMap((name) =>
    [...readFileSync(join(UI, name), 'utf8').matchAll(FIELD)].map(([field]) => [name, field] as const),
  )
  expect(fields.length).toBeGreaterThan(0)
  expect(fields.filter(([, field]) => !field.includes('aria-describedby="stays-'))).toEqual([])
})

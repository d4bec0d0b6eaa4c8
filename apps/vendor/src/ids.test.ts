import { expect, test } from 'vitest'
import { idTimeMs, isId, isName, isPolicyRef, newId } from './ids.ts'

const random = Uint8Array.from([0xff, 1, 0xff, 3, 4, 5, 6, 7, 8, 9])

test('an id carries its time and the version and variant bits of RFC 9562', () => {
  const id = newId('asm', 1_795_500_000_123, random)
  expect(id).toMatch(/^asm_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(idTimeMs(id)).toBe(1_795_500_000_123)
  expect(isId('asm', id)).toBe(true)
})

test('ids of one prefix sort by time', () => {
  expect(newId('req', 1000, random) < newId('req', 1001, Uint8Array.from({ length: 10 }))).toBe(true)
})

test.each([
  'req_x',
  'asm_',
  '',
  'asm_019ac1d7-0f00-7f01-bf03-04050607080',
  'ASM_019ac1d7-0f00-7f01-bf03-040506070809',
])('refuses %j as an assumption id', (text) => expect(isId('asm', text)).toBe(false))

test.each([
  ['app-main', true],
  ['a', true],
  ['-a', false],
  ['a-', false],
  ['A', false],
  ['a/b', false],
  ['', false],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
])('%j as a name: %s', (text, wanted) => expect(isName(text)).toBe(wanted))

test.each([
  ['write@1', true],
  ['write@0', false],
  ['write', false],
  ['write@1@2', false],
  ['Write@1', false],
])('%j as a pinned policy: %s', (text, wanted) => expect(isPolicyRef(text)).toBe(wanted))

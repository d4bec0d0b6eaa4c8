import { describe, expect, it } from 'vitest'
import { datesIn, foreign, own } from './text.ts'

const RTL = '\u202e'

describe('foreign', () => {
  it.each([
    { name: 'plain text stays', input: 'repo:acme/app', expect: 'repo:acme/app' },
    { name: 'markup stays text', input: '<script>alert(1)</script>', expect: '<script>alert(1)</script>' },
    { name: 'quotes and backslashes read as they are', input: 'a"b\\c', expect: 'a"b\\c' },
    { name: 'a right-to-left override shows', input: `a${RTL}b`, expect: 'a\\u202eb' },
    { name: 'a letter that looks like another shows', input: '\u0430dmin', expect: '\\u0430dmin' },
    { name: 'a line break shows', input: 'a\nb', expect: 'a\\nb' },
    { name: 'a list is JSON', input: ['x', 1], expect: '["x",1]' },
  ])('$name', ({ input, expect: wanted }) => {
    expect(foreign(input)).toBe(wanted)
  })
  it('cuts what is long, and says how long it was', () => {
    expect(foreign('x'.repeat(10_240))).toBe(`${'x'.repeat(160)}… (10240 characters)`)
  })
})

describe('own', () => {
  it('leaves a language as it is', () => {
    expect(own('Gerät für Büro 名前')).toBe('Gerät für Büro 名前')
  })
  it('shows what nobody can see', () => {
    expect(own(`pay${RTL}roll\u200b\u0007\u2028`)).toBe('pay\\u{202e}roll\\u{200b}\\u{7}\\u{2028}')
  })
  it('cuts what is long, and says how long it was', () => {
    expect(own('ü'.repeat(500))).toBe(`${'ü'.repeat(400)}… (500 characters)`)
  })
})

it('an instant in a text is said with its zone, and midnight as a day', () => {
  expect(datesIn('it ends at 2100-01-01T00:00:00.000Z, seen 2026-11-26T04:00:51.953Z')).toBe(
    'it ends at 2100-01-01, seen 2026-11-26 04:00 UTC',
  )
})

import { describe, expect, test } from 'vitest'
import { pathBack } from './sign-in-cookie.ts'

describe('a sign-in leads back below /ui', () => {
  test.each([
    '/mappings',
    '/mappings/app-main?version=2',
    '/log?kind=refused&from=2026-01-01',
    '/reviews/rev_01a215df-5505-7344-a352-14d19eb0d163/queue?n=3',
    '/mappings?q=a.b..c',
  ])('%s', (to) => expect(pathBack(to)).toBe(to))
})

describe('and nowhere else', () => {
  test.each([
    '',
    'mappings',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example/ui',
    'javascript:alert(1)',
    '/..//evil.example',
    '/%2e%2e//evil.example',
    '/a/%2E./../evil',
    '/./x',
    '/x\r\nSet-Cookie: stint=1',
    '/x%0d%0a\u2028',
    '/x"onmouseover=alert(1)',
    `/${'x'.repeat(1_024)}`,
  ])('%j', (to) => expect(pathBack(to)).toBe(''))
})

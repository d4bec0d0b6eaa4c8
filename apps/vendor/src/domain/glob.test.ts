import { expect, test } from 'vitest'
import { compileGlob } from './glob.ts'

const CASES = [
  { name: 'admits the text itself', pattern: 'refs/heads/main', value: 'refs/heads/main', expect: true },
  {
    name: 'admits one segment in place of a star',
    pattern: 'refs/heads/*',
    value: 'refs/heads/main',
    expect: true,
  },
  {
    name: 'refuses a second segment behind a star',
    pattern: 'refs/heads/*',
    value: 'refs/heads/a/b',
    expect: false,
  },
  { name: 'refuses a prefix', pattern: 'refs/heads', value: 'refs/heads/main', expect: false },
  { name: 'refuses a suffix', pattern: 'heads/main', value: 'refs/heads/main', expect: false },
  {
    name: 'refuses a longer name of the same start',
    pattern: 'repo:org/*',
    value: 'repo:org-evil/x',
    expect: false,
  },
  {
    name: 'matches around a star inside a segment',
    pattern: 'release-*-rc',
    value: 'release-1.2-rc',
    expect: true,
  },
  { name: 'does not let head and tail overlap', pattern: 'aba*ba', value: 'aba', expect: false },
  { name: 'does not let head and tail overlap by one', pattern: 'ab*ba', value: 'aba', expect: false },
  { name: 'finds the middle between two stars', pattern: '*mid*', value: 'xmidy', expect: true },
  { name: 'keeps the order of middles', pattern: '*b*a*', value: 'ab', expect: false },
  { name: 'lets a star stand for nothing', pattern: 'v*', value: 'v', expect: true },
  { name: 'keeps a middle out of the anchored tail', pattern: '*a*ab', value: 'ab', expect: false },
  { name: 'takes a dot for a dot', pattern: 'a.c', value: 'abc', expect: false },
  { name: 'takes a question mark for itself', pattern: 'a?', value: 'ab', expect: false },
  { name: 'refuses a line break at the end', pattern: 'main', value: 'main\n', expect: false },
  { name: 'is case-sensitive', pattern: 'Main', value: 'main', expect: false },
  { name: 'refuses the empty value where text is asked', pattern: 'a*', value: '', expect: false },
] as const

test.each(CASES)('$name', ({ pattern, value, expect: wanted }) => {
  expect(compileGlob(pattern, '/')(value)).toBe(wanted)
})

test('crosses what is not its delimiter', () => {
  expect(compileGlob('project_path:g/*:ref', ':')('project_path:g/p/q:ref')).toBe(true)
})

test('takes time linear in the value for many stars', () => {
  const glob = compileGlob(`${'*a'.repeat(100)}*b`, '/')
  expect(glob('a'.repeat(100_000))).toBe(false)
})

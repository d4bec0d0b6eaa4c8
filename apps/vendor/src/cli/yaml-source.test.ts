import { expect, test } from 'vitest'
import { cutYaml } from './yaml-chunks.ts'
import { readYaml } from './yaml-source.ts'

const entry = (at: number) => `  app-${at}:
    # a comment of its own
    issuer: ci
    when:
      - { claim: [id], equals: "${at}" }
    purpose: >-
      a text that
      goes on
    note: "quoted
      over lines: and more"
`
const many = (count: number) =>
  `# head\nissuers:\n  ci: { url: x }\n\nempty:\nlist:\n- a\n- b\nmappings:\n\n${Array.from({ length: count }, (_, at) => entry(at)).join('')}`
const cut = { wholeBytes: 0 }

function read(text: string, options = {}) {
  const source = readYaml(text, options)
  if (!source.ok) throw new Error(JSON.stringify(source.problems))
  return source
}

test('reads in pieces what it reads whole, with the same positions', () => {
  const text = many(1500)
  expect(cutYaml(text)?.length).toBeGreaterThan(3)
  const [pieces, whole] = [read(text, cut), read(text, { wholeBytes: text.length })]
  expect(pieces.content).toEqual(whole.content)
  for (const path of [
    ['issuers', 'ci', 'url'],
    ['mappings'],
    ['mappings', 'app-0'],
    ['mappings', 'app-1400', 'when', 0, 'equals'],
    ['mappings', 'app-1499', 'missing'],
    ['mappings', 'nobody'],
    ['list', 1],
  ])
    expect([path, pieces.locate(path)]).toEqual([path, whole.locate(path)])
})

const SPOILT = [
  { name: 'an entry that stands twice, far apart', from: '  app-1400:', to: '  app-3:', words: 'unique' },
  { name: 'a section that stands twice', from: '  app-1400:', to: 'issuers:\n  other:', words: 'unique' },
  {
    name: 'a key that stands twice in an entry',
    from: '  app-1400:',
    to: '  app-1400:\n    issuer: x',
    words: 'unique',
  },
  { name: 'a list that is never closed', from: '[id], equals: "1400"', to: '[id, equals: "1400"', words: '' },
  { name: 'an indent that is none', from: '  app-1400:', to: '   app-1400:', words: '' },
]

test.each(SPOILT)('refuses $name at its line', ({ from, to, words }) => {
  const text = many(1500)
  expect(text).toContain(from)
  const spoilt = text.replace(from, to)
  const line = spoilt.slice(0, spoilt.lastIndexOf(to)).split('\n').length
  const source = readYaml(spoilt, cut)
  expect(source.ok).toBe(false)
  const problems = source.ok ? [] : source.problems
  expect(problems.some(({ message }) => message.includes(words))).toBe(true)
  expect(problems.some(({ position }) => Math.abs(position.line - line) <= 3)).toBe(true)
})

test.each(['a: &x 1\nb: *x\n', '---\na: 1\n', '{ a: 1 }\n', '"a": 1\n'])(
  'does not cut what reaches over sections or has none: %j',
  (text) => {
    expect(cutYaml(text)).toBe(null)
    expect(readYaml(text, cut).ok).toBe(true)
  },
)

test('says a bounded number of problems', () => {
  const text = many(600).replaceAll('    issuer: ci', '    issuer: ci\n    issuer: cy')
  const source = readYaml(text, cut)
  expect(source.ok ? 0 : source.problems.length).toBe(200)
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { compileCondition } from '../../apps/vendor/src/domain/condition.ts'
import type { MappingBody } from '../../apps/vendor/src/domain/resource.ts'
import { readConfiguration } from '../../apps/vendor/src/schema/resources.ts'

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/MAPPINGS.md'), 'utf8')
const ROWS = [...PAGE.matchAll(/^\| `(.+?)` \| `(.+?)` \| (holds|fails|unusable) \|$/gm)].map(
  ([, condition = '', claim = '', says = '']) => ({ condition, claim, says }),
)

test('the page has its table', () => expect(ROWS.length).toBeGreaterThan(30))

test.each(ROWS)('docs: { $condition } on $claim: $says', ({ condition, claim, says }) => {
  // As it would stand in a file, so that the schema has its say as well.
  const when = parse(`{ claim: [x], ${condition} }`)
  const mapping = { issuer: 'i', role: 'r', when: [when], owner: 'o', purpose: 'p', expires: '2027-01-01' }
  const { declared, problems } = readConfiguration({ mappings: { m: mapping } })
  expect(problems).toEqual([])
  const read = declared[0]?.body as MappingBody | undefined // the one thing that the file declares
  const body = read?.when[0]
  if (body === undefined) throw new Error('the mapping was not read')
  expect(compileCondition(body).check({ x: JSON.parse(claim) })).toBe(says)
})

test('the mapping that the page begins with is one', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]+?)```/.exec(PAGE) ?? []
  const { declared, problems } = readConfiguration(parse(yaml))
  expect(problems).toEqual([])
  expect(declared.map(({ kind, name }) => [kind, name])).toEqual([['mapping', 'deploy-main']])
})

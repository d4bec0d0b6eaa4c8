import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfiguration } from '../schema/resources.ts'
import { compileConfiguration } from './configuration.ts'
import { presetClaims } from './preset.ts'
import { recordedPaths } from './recorded-paths.ts'
import type { Resource } from './resource.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const yaml = parse(readFileSync(join(ROOT, 'examples/quickstart/stint.yaml'), 'utf8'))
const [main] = Object.values(yaml.mappings)
const never = [{ claim: ['event', 'name'], equals: 'x' }]

const CONFIGURATIONS = [
  { name: 'the quickstart', file: yaml },
  {
    name: 'exceptions, a role that refuses, a preset',
    file: {
      ...yaml,
      issuers: { ci: { ...yaml.issuers.ci, preset: 'kubernetes' } },
      roles: { ...yaml.roles, guarded: { ...yaml.roles['app-artifacts'], never } },
      mappings: {
        ...yaml.mappings,
        guarded: { ...Object(main), role: 'guarded', unless: [{ claim: ['fork'], equals: true }] },
        off: { ...Object(main), mode: 'off', when: [{ claim: ['never-looked-for'], equals: 1 }] },
        tried: { ...Object(main), mode: 'shadow', when: [{ claim: ['tried'], equals: 1 }] },
      },
    },
  },
]

test.each(CONFIGURATIONS)('a claim that is said to be missing was looked for: $name', ({ file }) => {
  const { declared, problems } = readConfiguration(file)
  expect(problems).toEqual([])
  const resources = declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // bodies of their kind
  const stamp = { generation: 1, hash: '', account: '0'.repeat(12), adminAudience: 'admin' }
  const compiled = compileConfiguration(resources, { ...stamp, sha256: (text) => hash('sha256', text) })
  const recorded = compiled.configuration?.mappings.get('ci')?.recordedClaims ?? []
  const preset = presetClaims(file.issuers.ci.preset).map((path) => JSON.stringify(path))
  const keys = (paths: readonly (readonly string[])[]) => new Set(paths.map((path) => JSON.stringify(path)))
  const said = keys(recordedPaths(resources, 'ci'))
  expect(said.size).toBeGreaterThan(0)
  expect(new Set([...said, ...preset])).toEqual(keys(recorded))
})

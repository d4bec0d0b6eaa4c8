import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSource } from '../../scripts/rules/source.ts'

const SRC = join(import.meta.dirname, '../../apps/vendor/src')
const IMPORTS = /^(?:import|export)\b[^;]*?from '([^']+)'/gms

/** Every file that a start of the service, or of a command, loads before any target is configured. */
function loadedAtStart(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const [, from = ''] of readFileSync(entry, 'utf8')
    .replace(/^import type .*$/gm, '')
    .matchAll(IMPORTS))
    if (from.startsWith('.')) loadedAtStart(join(entry, '..', from), seen)
  return seen
}

test('a process without an aws target never loads the AWS SDK', () => {
  const users = readdirSync(SRC, { recursive: true })
    .map((name) => join(SRC, String(name)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .filter((file) =>
      readSource(readFileSync(file, 'utf8')).imports.some(
        ({ from, typeOnly }) => from.startsWith('@aws-sdk/') && !typeOnly,
      ),
    )
  expect(users.map((file) => file.slice(SRC.length + 1))).toEqual(['targets/aws.ts'])
  const start = loadedAtStart(join(SRC, 'main.ts'))
  // The walk has seen the service, its targets, and none of their adapters.
  expect([start.has(join(SRC, 'flows/exchange.ts')), start.has(join(SRC, 'targets/adapters.ts'))]).toEqual([
    true,
    true,
  ])
  expect([...start].filter((file) => /targets\/(aws|rgw|minio)\.ts$/.test(file))).toEqual([])
})

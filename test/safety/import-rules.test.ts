import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkSources } from '../../scripts/rules/imports.ts'

const ROOT = join(import.meta.dirname, '../..')
const check = (file: string, text: string) =>
  checkSources(new Map([[file, text]])).violations.map(({ rule }) => rule)

/** Each row plants one thing that is forbidden: a tool that does not see it is blind. */
const PLANTED = [
  {
    name: 'domain that imports an adapter',
    file: 'apps/vendor/src/domain/x.ts',
    text: "import { openAuditLog } from '../audit/log.ts'",
    rule: 'import',
  },
  {
    name: 'domain that imports Node',
    file: 'apps/vendor/src/domain/x.ts',
    text: "import { readFileSync } from 'node:fs'",
    rule: 'import',
  },
  {
    name: 'domain that imports zod, type only',
    file: 'apps/vendor/src/domain/x.ts',
    text: "import type { z } from 'zod'",
    rule: 'import',
  },
  {
    name: 'a flow that imports http',
    file: 'apps/vendor/src/flows/x.ts',
    text: "import { tokenDoor } from '../http/token.ts'",
    rule: 'import',
  },
  {
    name: 'a flow that takes a value of the ports',
    file: 'apps/vendor/src/flows/x.ts',
    text: "import { something } from '../ports.ts'",
    rule: 'import',
  },
  {
    name: 'one adapter that imports another',
    file: 'apps/vendor/src/oidc/x.ts',
    text: "import { createMinioTarget } from '../targets/minio.ts'",
    rule: 'import',
  },
  {
    name: 'http that imports an adapter, dynamically',
    file: 'apps/vendor/src/http/x.ts',
    text: "const a = await import('../storage/lock.ts')",
    rule: 'import',
  },
  {
    name: 'http that re-exports an adapter',
    file: 'apps/vendor/src/http/x.ts',
    text: "export { lockDataFolder } from '../storage/lock.ts'",
    rule: 'import',
  },
  {
    name: 'policy that imports a package',
    file: 'packages/policy/src/x.ts',
    text: "import { Hono } from 'hono'",
    rule: 'import',
  },
  {
    name: 'the client that imports Node',
    file: 'packages/sts-client/src/x.ts',
    text: "import http from 'node:http'",
    rule: 'import',
  },
  {
    name: 'a source that imports a test',
    file: 'apps/vendor/src/domain/x.ts',
    text: "import { a } from './glob.test.ts'",
    rule: 'import',
  },
  {
    name: 'a file in no layer',
    file: 'apps/vendor/src/misc/x.ts',
    text: 'export const a = 1',
    rule: 'layer',
  },
  {
    name: 'the clock in a flow',
    file: 'apps/vendor/src/flows/x.ts',
    text: 'export const now = () => Date.now()',
    rule: 'effect',
  },
  {
    name: 'a new Date in an adapter',
    file: 'apps/vendor/src/targets/x.ts',
    text: 'export const now = () => new Date()',
    rule: 'effect',
  },
  {
    name: 'randomness in http',
    file: 'apps/vendor/src/http/x.ts',
    text: 'export const a = () => Math.random()',
    rule: 'effect',
  },
  {
    name: 'the environment in an adapter',
    file: 'apps/vendor/src/audit/x.ts',
    text: "export const a = process.env['X']",
    rule: 'effect',
  },
  {
    name: 'fetch in the domain',
    file: 'apps/vendor/src/domain/x.ts',
    text: "export const a = () => fetch('x')",
    rule: 'effect',
  },
  {
    name: 'the console in policy',
    file: 'packages/policy/src/x.ts',
    text: "console.log('x')",
    rule: 'effect',
  },
  { name: 'export *', file: 'packages/policy/src/x.ts', text: "export * from './parse.ts'", rule: 'export' },
  { name: 'a default export', file: 'packages/policy/src/x.ts', text: 'export default 1', rule: 'export' },
  {
    name: 'an async callback in a transaction',
    file: 'apps/vendor/src/storage/x.ts',
    text: 'db.transaction(async () => { await a() })',
    rule: 'transaction',
  },
  {
    name: 'a function of five parameters',
    file: 'packages/policy/src/x.ts',
    text: 'export function a(b: 1, c: 1, d: 1, e: 1, f: 1) { return [b, c, d, e, f] }',
    rule: 'size',
  },
  {
    name: 'a long file',
    file: 'packages/policy/src/x.ts',
    text: 'export const a = 1\n'.repeat(401).replaceAll('a', 'a'),
    rule: 'size',
  },
]

test.each(PLANTED)('sees $name', ({ file, text, rule }) => expect(check(file, text)).toContain(rule))

const ALLOWED = [
  {
    name: 'types of the ports in a flow',
    file: 'apps/vendor/src/flows/x.ts',
    text: "import type { Clock } from '../ports.ts'",
  },
  {
    name: 'an instant made of a number',
    file: 'apps/vendor/src/flows/x.ts',
    text: 'export const a = (ms: number) => new Date(ms).toISOString()',
  },
  {
    name: 'the clock in runtime.ts',
    file: 'apps/vendor/src/runtime.ts',
    text: 'export const now = () => Date.now()',
  },
  {
    name: 'a member that is called as a global is',
    file: 'apps/vendor/src/domain/x.ts',
    text: 'export const a = (b: { process: number }) => b.process',
  },
]

test.each(ALLOWED)('lets $name through', ({ file, text }) => expect(check(file, text)).toEqual([]))

test('reads every import of the sources', () => {
  const roots = ['apps/vendor/src', 'packages/policy/src', 'packages/sts-client/src']
  const names = roots.flatMap((root) =>
    readdirSync(join(ROOT, root), { recursive: true }).map((name) => `${root}/${String(name)}`),
  )
  const files = new Map(
    names
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => [name, readFileSync(join(ROOT, name), 'utf8')]),
  )
  const { imports } = checkSources(files)
  // Another reader counts the same: one line that begins with import or export … from, or an import().
  const counted = [...files.values()].reduce(
    (sum, text) =>
      sum +
      [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '[^']+'|^import '[^']+'|\bimport\('[^']+'\)/gm)]
        .length,
    0,
  )
  expect(imports).toBe(counted)
  expect(imports).toBeGreaterThan(250)
})

test('no test is skipped or alone', () => {
  const files = execFileSync('git', ['ls-files', '*.test.ts'], { cwd: ROOT, encoding: 'utf8' })
    .trim()
    .split('\n')
  const mark = new RegExp(`\\b(?:test|describe|it)\\.(?:${['skip', 'only', 'todo', 'fails'].join('|')})\\b`)
  expect(files.length).toBeGreaterThan(10)
  expect(files.filter((file) => mark.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([])
})

test('the pure packages need nothing at run time, and what they export exists', () => {
  for (const name of ['policy', 'sts-client']) {
    const { dependencies = {}, exports } = JSON.parse(
      readFileSync(join(ROOT, `packages/${name}/package.json`), 'utf8'),
    )
    expect(dependencies).toEqual({})
    for (const path of Object.values<string>(exports))
      expect(readFileSync(join(ROOT, `packages/${name}`, path), 'utf8')).toMatch(/export/)
  }
})

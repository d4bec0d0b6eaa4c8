import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { VendorError } from '../errors.ts'
import { createSecretReader } from './secret-file.ts'

let root: string
let folders: readonly string[]
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'stint-secrets-'))
  folders = [join(root, 'credentials'), join(root, 'secrets')]
  for (const folder of folders) mkdirSync(folder)
})
afterEach(() => rmSync(root, { recursive: true }))

function put(folder: number, text: string, mode = 0o400): void {
  const path = join(folders[folder] ?? '', 'store-user')
  writeFileSync(path, text)
  chmodSync(path, mode) // whatever the umask is
}
const read = () => createSecretReader(folders)('store-user')
const codeOf = () => {
  try {
    read()
    return null
  } catch (thrown) {
    if (!(thrown instanceof VendorError)) throw thrown
    expect(JSON.stringify(thrown)).not.toContain('canary')
    return thrown.code
  }
}

test('the first folder that has it counts; white space about it does not', () => {
  put(1, 'canary-two\n')
  expect(read().reveal()).toBe('canary-two')
  put(0, '  canary-one \n')
  expect(read().reveal()).toBe('canary-one')
})

test('it prints as nothing', () => {
  put(0, 'canary')
  expect(`${read()} ${JSON.stringify({ secret: read() })}`).not.toContain('canary')
})

test.each([
  { name: 'is nowhere', set: () => undefined },
  { name: 'is empty', set: () => put(0, ' \n') },
  { name: 'others can read', set: () => put(0, 'canary', 0o404) },
  { name: 'its group can change', set: () => put(0, 'canary', 0o420) },
  { name: 'is no secret by its size', set: () => put(0, 'canary'.repeat(1_000)) },
  { name: 'is a folder', set: () => mkdirSync(join(folders[0] ?? '', 'store-user'), { mode: 0o700 }) },
])('refuses a secret that $name, and falls back to no other', ({ set }) => {
  set()
  expect(codeOf()).toBe('secret_unusable')
})

test('an unusable one in the first folder is not made good by the second', () => {
  put(0, 'canary', 0o404)
  put(1, 'canary')
  expect(codeOf()).toBe('secret_unusable')
})

test('the folders do not exist', () => {
  expect(() => createSecretReader([join(root, 'nowhere')])('store-user')).toThrow(VendorError)
})

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createReserve, isDiskFull, RESERVE_BYTES } from '../../apps/vendor/src/audit/reserve.ts'
import { VendorError } from '../../apps/vendor/src/errors.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-reserve-'))
  path = join(folder, 'audit.reserve')
})
afterEach(() => rmSync(folder, { recursive: true }))

const whole = () => {
  const { size, blocks, mode } = statSync(path)
  return [size, blocks * 512 >= RESERVE_BYTES, mode & 0o777]
}

test('it is whole on the disk, made once, and given back once', () => {
  const reserve = createReserve(path)
  expect(reserve.make()).toBeNull()
  expect(whole()).toEqual([RESERVE_BYTES, true, 0o600])
  const { ino } = statSync(path)
  expect(createReserve(path).make()).toBeNull()
  expect(statSync(path).ino).toBe(ino)
  expect(reserve.free()).toBe(true)
  expect(existsSync(path)).toBe(false)
  expect(reserve.free()).toBe(false)
})

test('one that is cut, or has no blocks of its own, is made anew', () => {
  const reserve = createReserve(path)
  for (const bytes of [100, RESERVE_BYTES]) {
    reserve.make()
    truncateSync(path, 0)
    truncateSync(path, bytes)
    expect(reserve.make()).toBeNull()
    expect(whole()).toEqual([RESERVE_BYTES, true, 0o600])
  }
})

test('what is no file in its place is named, and harms nothing', () => {
  mkdirSync(path)
  expect(createReserve(path).make()).toBe('ERR_FS_EISDIR')
  expect(createReserve(path).free()).toBe(false)
  expect(statSync(path).isDirectory()).toBe(true)
})

test('a log without one has nothing to give', () => {
  const none = createReserve(null)
  expect([none.make(), none.free()]).toEqual([null, false])
})

const coded = (code: string) => Object.assign(new Error('x'), { code })
const FULL = ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'ENOSPC', 'EDQUOT']

test('a full disk is known by its code, also behind a migration; a broken one is not full', () => {
  expect(FULL.filter((code) => !isDiskFull(coded(code)))).toEqual([])
  expect(isDiskFull(new VendorError('migration_failed', { cause: coded('SQLITE_FULL') }))).toBe(true)
  expect(
    ['SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC', 'EIO'].filter((code) => isDiskFull(coded(code))),
  ).toEqual([])
})

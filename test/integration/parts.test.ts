import { appendFile, copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ensurePart, findPart, type PartContext } from '../../scripts/parts/ensure.ts'
import { takeLock } from '../../scripts/parts/lock.ts'
import { probeMinio } from '../../scripts/parts/minio-probe.ts'
import type { Environment } from '../../scripts/parts/part.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { PARTS } from '../../scripts/parts/table.ts'
import { fakePart, partsSandbox } from '../support/fake-part.ts'
import { startProcess } from '../support/process.ts'
import { until } from '../support/wait.ts'

const support = (name: string) => join(import.meta.dirname, '../support', name)

function contextOf(env: Environment): PartContext & { readonly lines: readonly string[] } {
  const lines: string[] = []
  return { env, log: (line) => void lines.push(line), now: () => new Date(0), lines }
}

describe('the MinIO part', () => {
  test('is there, and passes the live probe', async () => {
    await expect(probeMinio(await partPath('minio', console.error))).resolves.toBeUndefined()
  })

  test.each([
    { leak: 'policy', reason: 'inline policy' },
    { leak: 'key', reason: 'CVE-2025-62506' },
    { leak: 'issuer', reason: 'identity issued by us' },
  ])('a `minio` on PATH that fails by $leak is passed over, with its reason', async ({ leak, reason }) => {
    const real = await partPath('minio', console.error)
    await using sandbox = await partsSandbox()
    const child = `"${process.execPath}" "${support('leaky-minio-child.ts')}"`
    const fake = await sandbox.program(
      'minio',
      `#!/bin/sh\nLEAK=${leak} REAL_MINIO="${real}" exec ${child} "$@"\n`,
    )
    const context = contextOf(sandbox.env)
    const [row] = PARTS.filter(({ name }) => name === 'minio')
    if (row === undefined) throw new Error('the table has no minio')
    const found = await ensurePart({ ...row, make: ({ output }) => copyFile(real, output) }, context)
    expect(found.from).toBe('cache')
    expect(found.path.startsWith(sandbox.cache)).toBe(true)
    expect(context.lines.filter((line) => line.includes(fake) && line.includes(reason))).toHaveLength(1)
  })

  test('a `minio` on PATH that is no MinIO at all is passed over', async () => {
    await using sandbox = await partsSandbox()
    const fake = await sandbox.program('minio', '#!/bin/sh\necho no such thing as a store\nexit 3\n')
    const context = contextOf(sandbox.env)
    const part = fakePart({
      name: 'minio',
      program: 'minio',
      check: (path) => (path === fake ? probeMinio(path) : Promise.resolve()),
    })
    expect((await ensurePart(part, context)).from).toBe('cache')
    expect(
      context.lines.some((line) => line.includes(fake) && line.includes('no such thing as a store')),
    ).toBe(true)
  })
})

describe('a part', () => {
  test('on PATH is taken when it passes, and checked once for the same bytes', async () => {
    await using sandbox = await partsSandbox()
    const program = await sandbox.program('thing', '#!/bin/sh\nexit 0\n')
    const checked: string[] = []
    const part = fakePart({ check: async (path) => void checked.push(path) })
    expect(await ensurePart(part, contextOf(sandbox.env))).toEqual({ path: program, from: 'PATH' })
    expect(await ensurePart(part, contextOf(sandbox.env))).toEqual({ path: program, from: 'PATH' })
    expect(checked).toEqual([program])
    await appendFile(program, '# changed\n')
    await ensurePart(part, contextOf(sandbox.env))
    await ensurePart({ ...part, checkRevision: 2 }, contextOf(sandbox.env))
    expect(checked).toEqual([program, program, program])
  })

  test('that was spoiled in the cache is made again', async () => {
    await using sandbox = await partsSandbox()
    const check = async (path: string) => {
      if ((await readFile(path, 'utf8')).includes('spoiled')) throw new Error('spoiled')
    }
    const part = fakePart({ check })
    const { path } = await ensurePart(part, contextOf(sandbox.env))
    const good = await readFile(path, 'utf8')
    await writeFile(path, 'spoiled')
    await ensurePart(part, contextOf(sandbox.env))
    expect(await readFile(path, 'utf8')).toBe(good)
  })

  test('that is not made yet is not made by looking for it', async () => {
    await using sandbox = await partsSandbox()
    const looking = findPart(fakePart(), sandbox.env)
    await expect(looking).rejects.toMatchObject({ name: 'PartError', part: 'thing' })
    await expect(readdir(sandbox.cache)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test.each([
    ['cannot be made', { make: () => Promise.reject(new Error('no compiler')) }, 'no compiler'],
    ['fails its check when made', { check: () => Promise.reject(new Error('it leaks')) }, 'it leaks'],
  ])('that %s names itself, the reason and the way out, and leaves nothing', async (_, changes, reason) => {
    await using sandbox = await partsSandbox()
    const failed = ensurePart(fakePart(changes), contextOf(sandbox.env))
    await expect(failed).rejects.toMatchObject({
      name: 'PartError',
      part: 'thing',
      reason,
      byHand: 'install-thing --now',
    })
    await expect(failed).rejects.toThrow('install-thing --now')
    const left = await readdir(join(sandbox.cache, 'parts/thing'))
    expect(left.filter((name) => !name.endsWith('.lock'))).toEqual([])
  })

  test('wanted by two at once is made once', async () => {
    await using sandbox = await partsSandbox()
    const { promise: made, resolve: finish } = Promise.withResolvers<void>()
    let makes = 0
    const part = fakePart({
      async make({ output }) {
        makes += 1
        await made
        await writeFile(output, '#!/bin/sh\nexit 0\n', { mode: 0o755 })
      },
    })
    const contexts = [contextOf(sandbox.env), contextOf(sandbox.env)]
    const both = contexts.map((context) => ensurePart(part, context))
    await until('one makes and the other waits', () =>
      contexts.some(({ lines }) => lines.join().includes('waiting')),
    )
    finish()
    const [first, second] = await Promise.all(both)
    expect(second).toEqual(first)
    expect(makes).toBe(1)
  })
})

test('the lock of a process that was killed is free at once', async () => {
  await using sandbox = await partsSandbox()
  const lock = join(sandbox.cache, 'some.lock')
  await using holder = await startProcess({
    name: 'lock holder',
    command: process.execPath,
    args: [support('hold-lock-child.ts'), lock],
  })
  await until('the child holds the lock', () => holder.output().includes('held'))
  let waited = false
  const { promise: isWaiting, resolve: onWait } = Promise.withResolvers<void>()
  const taken = takeLock(lock, { onWait }).then((held) => {
    expect(waited).toBe(true)
    held[Symbol.dispose]()
  })
  await isWaiting
  waited = true
  await holder.kill('SIGKILL')
  await taken
})

import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startMinio } from '../support/minio.ts'
import { parentUserOf, storedSessions } from '../support/minio-sessions.ts'
import { minioWebIdentity } from '../support/minio-sts.ts'
import { startProcess } from '../support/process.ts'
import { s3Caller } from '../support/s3.ts'
import { startTestIssuer } from '../support/test-issuer.ts'
import { isRunning, until } from '../support/wait.ts'

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

const only = (action: string, resource: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: [action], Resource: [`arn:aws:s3:::${resource}`] }],
})

test('a started MinIO takes the test issuer’s identity, confines it, and keeps it over a restart', async () => {
  await using issuer = await startTestIssuer({ alg: 'ES256' })
  const openid = {
    configUrl: issuer.configUrl,
    clientId: 'store',
    clientSecret: randomBytes(24).toString('hex'),
    rolePolicy: 'base',
  }
  await using minio = await startMinio({ openid })
  const root = s3Caller(minio.endpoint, minio.root)
  const base = { query: { name: 'base' }, body: JSON.stringify(only('s3:GetObject', 'box/*')) }
  expect((await root('PUT', '/minio/admin/v3/add-canned-policy', base)).status).toBe(200)
  expect((await root('PUT', '/box')).status).toBe(200)
  for (const key of ['in/a', 'out/a']) await root('PUT', `/box/${key}`, { body: key })
  const vend = await minioWebIdentity(minio.endpoint, {
    token: issuer.sign({ sub: 'asm-1', aud: 'store' }),
    clientId: 'store',
    policy: only('s3:GetObject', 'box/in/*'),
  })
  if (!vend.ok) throw new Error(`refused: ${vend.code}`)
  const session = s3Caller(minio.endpoint, vend.credentials)
  expect((await session('GET', '/box/in/a')).body.toString()).toBe('in/a')
  expect(await session('GET', '/box/out/a')).toMatchObject({ status: 403, code: 'AccessDenied' })
  const parent = parentUserOf('asm-1', issuer.url)
  expect(storedSessions(minio.dataDir)).toEqual([{ accessKeyId: vend.credentials.accessKeyId, parent }])

  const before = minio.pid
  await minio.kill()
  expect(isRunning(before)).toBe(false)
  await minio.restart()
  expect(minio.pid).not.toBe(before)
  expect((await session('GET', '/box/in/a')).status).toBe(200)
  const stranger = await startTestIssuer({ alg: 'ES256' })
  const forged = stranger.sign({ sub: 'asm-1', aud: 'store', iss: issuer.url })
  await stranger.stop()
  expect(await minioWebIdentity(minio.endpoint, { token: forged, clientId: 'store' })).toMatchObject({
    ok: false,
  })
})

test('stop leaves no process and no data, after a kill too', async () => {
  for (const killFirst of [false, true]) {
    const minio = await startMinio()
    const { pid, dataDir } = minio
    expect([isRunning(pid), await exists(dataDir)]).toEqual([true, true])
    if (killFirst) await minio.kill('SIGKILL')
    await minio.stop()
    expect([isRunning(pid), await exists(dataDir)]).toEqual([false, false])
  }
})

test('a MinIO and its data do not outlive a parent that was killed', async () => {
  await using parent = await startProcess({
    name: 'parent',
    command: process.execPath,
    args: [join(import.meta.dirname, '../support/start-minio-child.ts')],
  })
  await until('it has started MinIO', () => /\}\s*$/.test(parent.output()))
  const line = parent.output().trim().split('\n').at(-1) ?? ''
  const { pid, dataDir }: { pid: number; dataDir: string } = JSON.parse(line)
  expect([isRunning(pid), await exists(dataDir)]).toEqual([true, true])
  process.kill(parent.pid, 'SIGKILL')
  await parent.exited
  await until('MinIO is gone', () => !isRunning(pid))
  await until('its data are gone', async () => !(await exists(dataDir)))
})

test('a program that never gets ready is stopped, and its last words are in the error', async () => {
  const failed = startProcess({
    name: 'a slow one',
    command: '/bin/sh',
    args: ['-c', 'echo "my pid is $$."; sleep 300 & wait'],
    ready: async () => false,
    readyTimeoutMs: 300,
  })
  const error: unknown = await failed.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  const pid = Number(/my pid is (\d+)\./.exec(error instanceof Error ? error.message : '')?.[1])
  expect(pid).toBeGreaterThan(0)
  expect(isRunning(pid)).toBe(false)
})

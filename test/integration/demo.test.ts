import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const DEMO = join(import.meta.dirname, '../../scripts/demo.ts')
const PORTS = [9400, 9410, 9420]

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('stint-demo-'))
const answers = async (port: number) =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
const nothingLeft = async () => {
  await expect.poll(() => Promise.all(PORTS.map(answers)), { timeout: 10_000 }).toEqual([false, false, false])
  await expect.poll(folders, { timeout: 10_000 }).toEqual([])
}

// One after the other: the quickstart has fixed ports, as its file says.
test('the demo plays every step, exits with 0 and leaves nothing', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [DEMO])
  expect(stdout).toContain('19 of 19 steps as expected')
  expect(stdout).not.toContain('✗')
  await nothingLeft()
}, 90_000)

test('stopped amid its work, the demo leaves nothing and does not exit with 0', async () => {
  const demo = spawn(process.execPath, [DEMO], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  demo.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  await expect.poll(() => output, { timeout: 60_000 }).toContain('exchange it for app-artifacts')
  demo.kill('SIGINT')
  const [code] = await once(demo, 'exit')
  expect(code).toBe(1)
  await nothingLeft()
}, 90_000)

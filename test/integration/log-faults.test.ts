import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyLog } from '../../apps/vendor/src/verify/verify-log.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { brokenPromises, type Promised, promisedBy, readLedger } from '../support/ledger.ts'
import { seeded } from '../support/open-api.ts'
import { powerCut, recordWrites } from '../support/write-trace.ts'

/** `pnpm test:long` has 500 kills and 2,000 images. */
const KILLS = Number(process.env['STINT_AUDIT_KILLS'] ?? 30)
const IMAGES = Number(process.env['STINT_IMAGES'] ?? 200)
const CHILD = join(import.meta.dirname, '../support/audit-child.ts')

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-faults-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const place = (name: string) => {
  const made = join(folder, name)
  mkdirSync(made, { recursive: true })
  return join(made, 'audit.db')
}
const holds = (path: string) => verifyLog({ path, keys: [], anchors: [] })

/** In a function of its own: what a poll closes over is kept until the test ends, and 500 ledgers are four gigabytes. */
function someOf(promised: readonly Promised[]): readonly Promised[] {
  return promised.filter((_one, at) => at > promised.length - 50 || at % 97 === 0)
}

test(
  `${KILLS} kills: each start succeeds, each receipt that was answered stands in the tree that it was signed for`,
  async () => {
    const path = place('kills')
    const random = seeded(20_261_126)
    let before = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const child = spawn(process.execPath, [CHILD, path, 'vend'], { stdio: ['ignore', 'ignore', 'inherit'] })
      const ended = once(child, 'exit')
      // The ledger grows as answers are given: killed at some length of it, which falls anywhere in a commit.
      const most = before + 2_000 + Math.floor(random() * 60_000)
      await expect
        .poll(() => (existsSync(`${path}.ledger`) ? statSync(`${path}.ledger`).size : 0), {
          interval: 2,
          timeout: 20_000,
        })
        .toBeGreaterThan(most)
      child.kill('SIGKILL')
      await ended
      before = statSync(`${path}.ledger`).size
      expect(brokenPromises(path, someOf(readLedger(path)))).toEqual([])
    }
    const promised = readLedger(path)
    expect(promised.length).toBeGreaterThan(KILLS * 5)
    expect(brokenPromises(path, promised)).toEqual([])
    expect(holds(path)).toMatchObject({ ok: true })
  },
  KILLS * 20_000,
)

test(
  `${IMAGES} power cuts out of a recorded trace: each disk starts, and has what was answered before`,
  async () => {
    const path = place('traced')
    const steps = await recordWrites([CHILD, path, 'vend', '1300'], { folder, base: 'audit.db' })
    const syncs = steps.filter((step) => step.do === 'sync')
    const told = steps.filter((step) => step.do === 'tell')
    // It went through checkpoints of the WAL as well: the file itself was written and synced.
    expect(syncs.filter(({ file }) => file === 'audit.db').length).toBeGreaterThan(2)
    expect(told.length).toBe(1300)

    const random = seeded(20_261_127)
    const image = place('image')
    // The log's key is written once and synced before anything else: it is there after every cut.
    cpSync(join(folder, 'traced/keys'), join(folder, 'image/keys'), { recursive: true })
    const tells = steps.flatMap((step, at) => (step.do === 'tell' ? [at] : []))
    const first = tells[0] ?? 0
    let promisedMost = 0
    for (let cut = 0; cut < IMAGES; cut++) {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(image + suffix, { force: true })
      // A few fall into the making of the file, before anything was answered; some right behind an answer, where nothing
      // is left of what was not synced: then it was answered before its sync.
      const from = cut % 20 === 0 ? 0 : first
      const isBehindAnswer = cut % 4 === 3
      const after = isBehindAnswer
        ? (tells[Math.floor(random() * tells.length)] ?? 0) + 1
        : from + Math.floor(random() * (steps.length - from))
      const answered = powerCut(
        steps,
        { after, random: isBehindAnswer ? () => 0.99 : random },
        join(folder, 'image'),
      ).map((line) => promisedBy((JSON.parse(line) as { receipt: string }).receipt))
      const some = answered.filter((_one, at) => at > answered.length - 20 || at % 97 === 0)
      expect([after, brokenPromises(image, some)]).toEqual([after, []])
      if (cut % 20 === 1) expect(holds(image)).toMatchObject({ ok: true })
      promisedMost = Math.max(promisedMost, answered.length)
    }
    expect(promisedMost).toBeGreaterThan(500)
    // And a disk that lost what was synced is told from one that did not.
    const all = powerCut(steps, { after: steps.length, random: () => 0 }, join(folder, 'image'))
    for (const suffix of ['-wal', '-shm']) rmSync(image + suffix, { force: true })
    const newest = all.slice(-1).map((line) => promisedBy((JSON.parse(line) as { receipt: string }).receipt))
    expect(brokenPromises(image, newest)).toHaveLength(1)
  },
  60_000 + IMAGES * 1_000,
)

const FAULTS = [
  { name: 'one sync that fails', inject: 'fsync:error=EIO:when=40' },
  { name: 'syncs that fail for a while', inject: 'fsync:error=EIO:when=40..60' },
  { name: 'every sync that fails from one on', inject: 'fsync:error=EIO:when=60+' },
  { name: 'one write that fails', inject: 'pwrite64:error=EIO:when=200' },
  { name: 'writes that fail for a while', inject: 'pwrite64:error=EIO:when=200..260' },
  { name: 'a disk that is full for a while', inject: 'pwrite64:error=ENOSPC:when=150..250' },
  { name: 'a disk that is full from one write on', inject: 'pwrite64:error=ENOSPC:when=300+' },
]

test.each(FAULTS)(
  '$name: nothing is answered that is not there, and the log goes on or refuses',
  async ({ name, inject }) => {
    const path = place(name.replaceAll(' ', '-'))
    const strace = await partPath('strace', (line) => console.error(line))
    const files = ['', '-wal', '-journal'].flatMap((suffix) => ['-P', path + suffix])
    const args = [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      ...files,
      '-e',
      `inject=${inject}`,
      process.execPath,
      CHILD,
      path,
      'vend',
      '2000',
    ]
    // Made before: every migration adds to the writes of a first opening, and the fault is one of a log at work.
    const first = spawnSync(process.execPath, [CHILD, path, 'vend', '1'], { encoding: 'utf8' })
    expect(first.stdout).toBe('refused 0\n')
    const run = spawnSync(strace, args, { encoding: 'utf8', timeout: 50_000 })
    const refused = Number(/refused (\d+)/.exec(run.stdout)?.[1] ?? -1)
    const isForever = inject.endsWith('+')
    // Where it never heals the child gives up at its thousandth refusal, or has no more to ask; it says none was given.
    if (!isForever) expect(refused).toBeGreaterThan(0)
    const promised = readLedger(path)
    expect(promised.length).toBeGreaterThan(isForever ? 5 : 100)
    expect(brokenPromises(path, promised)).toEqual([])
    expect(holds(path)).toMatchObject({ ok: true })
  },
)

import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { startGuard } from '../../test/support/guard.ts'
import { startProcess } from '../../test/support/process.ts'
import { cachedProgram, cacheFolder, digestOf, stampProbed, wasProbed, withLock } from './cache.ts'
import { findGo } from './go.ts'
import { probeMinio } from './minio-probe.ts'
import type { Part, Say } from './part.ts'

const MODULE = 'github.com/minio/minio'
const VERSION = 'v0.0.0-20260212201848-7aac2a2c5b7c'
/** The module's hash as the checksum database has it: what is built is what was read. */
const SUM = 'h1:/qdoYujxF5MBLDMVLeiYJ/7fBa1HikX39Dvzb9Ji8pA='
const PROGRESS_MS = 10_000

/** The store: one on PATH that passes the probe, else built from its Go module, once a user. */
export const minio: Part = {
  name: 'minio',
  version: VERSION,
  byHand: `go install ${MODULE}@${VERSION}  (Go ≥ 1.24, with its folder on PATH)`,
  find: async (say) => (await onPath(say)) ?? inCache(say),
  make: async (say) => {
    const lock = join(cacheFolder(), 'minio.lock')
    return withLock(
      lock,
      async () => (await inCache(say)) ?? build(say),
      () => say('another checkout is making minio; waiting for it'),
    )
  },
}

async function onPath(say: Say): Promise<string | null> {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const program = folders.map((folder) => join(folder, 'minio')).find(isProgram)
  if (program === undefined) return null
  const reason = await refusalOf(program)
  if (reason === null) return program
  say(`the minio on PATH is not used: ${reason}`)
  return null
}

async function inCache(say: Say): Promise<string | null> {
  const program = cachedProgram('minio', VERSION)
  if (!existsSync(program)) return null
  const reason = await refusalOf(program)
  if (reason === null) return program
  say(`the minio in the cache is made anew: ${reason}`)
  await rm(program, { force: true })
  return null
}

/** Why this program is not for us, or null. The live probe runs once for the same bytes. */
async function refusalOf(program: string): Promise<string | null> {
  const digest = digestOf(program)
  if (wasProbed(digest)) return null
  try {
    await probeMinio(program)
  } catch (thrown) {
    return thrown instanceof Error ? (thrown.message.split('\n')[0] ?? '') : String(thrown)
  }
  await stampProbed(digest, program)
  return null
}

/** Builds in a folder of its own, which is gone afterwards however this ends: no module cache stays behind. */
async function build(say: Say): Promise<string> {
  await mkdir(cacheFolder(), { recursive: true })
  await removeAbandoned()
  const folder = await mkdtemp(join(cacheFolder(), 'making-minio-'))
  const guard = await startGuard()
  guard.folder(folder)
  try {
    const go = findGo(folder, say)
    const env = {
      ...process.env,
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
      GOBIN: join(folder, 'bin'),
      GOMODCACHE: join(folder, 'mod'),
      GOCACHE: join(folder, 'build'),
      GOTMPDIR: folder,
      // The module cache is read-only otherwise, and could not be removed.
      GOFLAGS: `${process.env['GOFLAGS'] ?? ''} -modcacherw`.trim(),
    }
    say('making minio from its Go module: about 4 minutes on 2 cores, once')
    await checkSum(go, env, folder)
    await compile({ go, env, folder }, say)
    const made = join(folder, 'bin', 'minio')
    say('checking that it takes our identity and confines a session')
    await probeMinio(made)
    const program = cachedProgram('minio', VERSION)
    await rename(made, program)
    await stampProbed(digestOf(program), program)
    return program
  } finally {
    await rm(folder, { recursive: true, force: true })
    await guard.release()
  }
}

type Build = { readonly go: string; readonly env: NodeJS.ProcessEnv; readonly folder: string }

async function checkSum(go: string, env: NodeJS.ProcessEnv, folder: string): Promise<void> {
  const output = await run(
    { go, env, folder },
    ['mod', 'download', '-json', `${MODULE}@${VERSION}`],
    () => undefined,
  )
  const sum = /"Sum": "([^"]+)"/.exec(output)?.[1]
  if (sum !== SUM) throw new Error(`the module has the hash ${sum ?? 'of nothing'}, not ${SUM}`)
}

async function compile(build_: Build, say: Say): Promise<void> {
  const started = performance.now()
  let packages = 0
  const tell = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000)
    say(`  ${seconds} s: ${packages === 0 ? 'fetching modules' : `${packages} packages compiled`}`)
  }, PROGRESS_MS)
  try {
    const args = ['install', '-v', '-trimpath', '-ldflags', '-s -w', `${MODULE}@${VERSION}`]
    await run(build_, args, (text) => {
      packages += text.split('\n').filter((line) => line !== '' && !line.startsWith('go: ')).length
    })
    say(`  made in ${Math.round((performance.now() - started) / 1000)} s`)
  } finally {
    clearInterval(tell)
  }
}

async function run(
  { go, env, folder }: Build,
  args: readonly string[],
  onOutput: (text: string) => void,
): Promise<string> {
  const child = await startProcess({ name: 'go', command: go, args, env, cwd: folder, onOutput })
  const { code } = await child.exited
  if (code !== 0)
    throw new Error(
      `go ${args[0]} ended with ${code}: ${child.output().trim().split('\n').slice(-5).join(' ')}`,
    )
  return child.output()
}

/** What a build that lost its machine left behind: the lock is ours, so nobody is using it. */
async function removeAbandoned(): Promise<void> {
  const left = (await readdir(cacheFolder())).filter((name) => name.startsWith('making-minio-'))
  await Promise.all(left.map((name) => rm(join(cacheFolder(), name), { recursive: true, force: true })))
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

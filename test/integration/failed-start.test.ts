import { readdirSync, readlinkSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseSettings } from '../../apps/vendor/src/config.ts'
import { serve } from '../../apps/vendor/src/main.ts'
import { freePort } from '../support/ports.ts'
import { ACCOUNT } from '../support/vendor.ts'

type Broken = { readonly env?: Readonly<Record<string, string>>; mend(): Promise<unknown> }
type Start = {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly port: number
}

/** What keeps a start from ending well, in the order in which it would be opened, and what it says then. */
const FAULTS: readonly {
  readonly at: string
  readonly code: string
  readonly spoil: (start: Start) => Promise<Broken>
}[] = [
  { at: 'the log', code: 'audit_unavailable', spoil: ({ folder }) => scribbled(join(folder, 'audit.db')) },
  {
    at: 'the keys of sessions, after the log',
    code: 'data_folder_unsafe',
    spoil: async ({ folder }) => ({ ...KEPT, env: { STINT_SESSION_KEY_FILE: join(folder, 'no-such.key') } }),
  },
  {
    at: 'the configuration file, after the log and its anchors',
    code: 'SQLITE_NOTADB',
    spoil: ({ folder }) => scribbled(join(folder, 'config.db')),
  },
  {
    at: 'the configuration held against the log, after its file and its desks',
    code: 'configuration_tampered',
    async spoil({ folder }) {
      const path = join(folder, 'config.db')
      const { mend } = await moved(path)
      await copyFile(`${path}.kept`, path)
      const file = new Database(path)
      file.exec(
        "INSERT INTO resource VALUES ('issuer', 'planted', 1, 'enabled'); INSERT INTO resource_version VALUES ('issuer', 'planted', 1, 'enabled', '{}', '', '{}', 0, 1); UPDATE generation SET value = value + 1",
      )
      file.close()
      return { mend }
    },
  },
  {
    at: 'the verifiers, after the start is in the log',
    code: 'EISDIR',
    async spoil({ folder }) {
      const key = join(folder, 'keys/digest.key')
      const { mend } = await moved(key)
      await mkdir(key)
      return { mend: async () => rmdir(key).then(mend) }
    },
  },
  {
    at: 'the page, after everything that looks and watches',
    code: 'settings_invalid',
    async spoil({ folder }) {
      const file = join(folder, 'keys/page-secret')
      await writeFile(file, '\n', { mode: 0o400 })
      const env = { STINT_UI_CLIENT_ID: 'page', STINT_UI_CLIENT_SECRET_FILE: file }
      return { env, mend: () => rm(file) }
    },
  },
]

const KEPT: Broken = { mend: async () => {} }

async function scribbled(path: string): Promise<Broken> {
  const moving = await moved(path)
  await writeFile(path, 'no database at all'.repeat(100), { mode: 0o600 })
  return moving
}

/** The file and what SQLite keeps beside it, out of the way until it is mended. */
async function moved(path: string): Promise<Broken> {
  await rename(path, `${path}.kept`)
  return {
    async mend() {
      await Promise.all(['-wal', '-shm'].map((ending) => rm(path + ending, { force: true })))
      await rename(`${path}.kept`, path)
    },
  }
}

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-failed-start-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

test.each(FAULTS)('a start that fails at $at leaves nothing open', async ({ at, code, spoil }) => {
  const start = await startedOnce(join(root, `data-${FAULTS.findIndex((fault) => fault.at === at)}`))
  const { env = {}, mend } = await spoil(start)

  await expect(run({ ...start.env, ...env })).rejects.toMatchObject({ code })
  expect(openIn(start.folder)).toEqual([])
  expect(await isFree(start.port)).toBe(true)

  // The lock is free, and what was opened first is whole: the same folder starts again.
  await mend()
  const running = await run(start.env)
  expect(openIn(start.folder)).not.toEqual([])
  expect(await running.stop('test')).toBe(true)
  expect(openIn(start.folder)).toEqual([])
})

/** A data folder in which a service has run, with a first configuration, and stopped. */
async function startedOnce(folder: string): Promise<Start> {
  const port = await freePort()
  const env = {
    STINT_LISTEN: `127.0.0.1:${port}`,
    STINT_PUBLIC_URL: `http://127.0.0.1:${port}`,
    STINT_ACCOUNT: ACCOUNT,
    STINT_DATA: folder,
    STINT_ADMIN_ISSUER: 'https://issuer.example.com',
    STINT_ADMIN_SUBJECT: 'first-administrator',
    STINT_ADMIN_AUDIENCE: 'stint-admin',
    STINT_LINGER_SECONDS: '0',
  }
  await (await run(env)).stop('test')
  return { folder, env, port }
}

function run(env: Readonly<Record<string, string>>) {
  const logStream = new Writable({ write: (_chunk, _encoding, done) => done() })
  return serve({ settings: parseSettings({}, env), acceptConfig: null, logStream })
}

/** What this process holds open below a folder, worker threads included. */
function openIn(folder: string): readonly string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    const path = pathOf(fd)
    return path.startsWith(folder) ? [path] : []
  })
}

function pathOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    // The one by which the folder was read.
    return ''
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

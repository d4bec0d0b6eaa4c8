import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { LoginError } from './login-error.ts'

/** Where logins are kept: a folder of one user. `uid` null: a system without owners. */
export type LoginPlace = {
  readonly folder: string
  readonly uid: number | null
  readonly randomHex: (bytes: number) => string
}

const KEPT = z.strictObject({
  version: z.literal(1),
  server: z.string(),
  issuer: z.string(),
  client_id: z.string(),
  audience: z.string(),
  token: z.enum(['access_token', 'id_token']),
  audience_parameter: z.enum(['resource', 'audience']).nullable(),
  scopes: z.array(z.string()),
  /** The token itself, and until when by this machine's clock. */
  bearer: z.string(),
  expires: z.iso.datetime(),
  refresh: z.string().nullable(),
  subject: z.string(),
})
export type KeptLogin = z.infer<typeof KEPT>

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
/** Nobody but the owner: group and others have no bit at all. */
const OTHERS = 0o077
const MAX_BYTES = 256 * 1024
const CURRENT = 'current'

/** The login of a server, or null where none is kept. Throws LoginError `unsafe` where others could have had it. */
export async function readLogin(place: LoginPlace, server: string): Promise<KeptLogin | null> {
  const text = await readSafely(place, fileOf(server))
  if (text === null) return null
  const parsed = KEPT.safeParse(json(text))
  // A damaged file, or one of another server by its name, is as good as none.
  return parsed.success && parsed.data.server === server ? parsed.data : null
}

/** Keeps a login whole or not at all, and makes its server the one that is meant where none is named. */
export async function writeLogin(place: LoginPlace, login: KeptLogin): Promise<void> {
  await mkdir(place.folder, { recursive: true, mode: FOLDER_MODE })
  await checkFolder(place)
  await writeSafely(place, fileOf(login.server), JSON.stringify(login))
  await writeSafely(place, CURRENT, login.server)
}

/** The server that was signed in to last; null where nobody is. */
export async function currentServer(place: LoginPlace): Promise<string | null> {
  return (await readSafely(place, CURRENT))?.trim() || null
}

/** Forgets the login of a server. */
export async function forgetLogin(place: LoginPlace, server: string): Promise<void> {
  await rm(join(place.folder, fileOf(server)), { force: true })
  if ((await currentServer(place).catch(() => server)) === server)
    await rm(join(place.folder, CURRENT), { force: true })
}

/** Every server that somebody is signed in to. */
export async function keptServers(place: LoginPlace): Promise<readonly string[]> {
  const names = await readdir(place.folder).catch(() => [])
  const found: string[] = []
  for (const name of names.filter((one) => one.endsWith('.json')).toSorted()) {
    const parsed = KEPT.safeParse(json((await readSafely(place, name)) ?? ''))
    if (parsed.success) found.push(parsed.data.server)
  }
  return found.toSorted()
}

/** A path that this server's file alone has: what is in the name of a server cannot leave the folder. */
export function fileOf(server: string): string {
  return `${createHash('sha256').update(server).digest('hex').slice(0, 32)}.json`
}

/** Opened without following a link, and looked at through the open file, so that nothing changes in between. */
async function readSafely(place: LoginPlace, name: string): Promise<string | null> {
  if (!(await checkFolder(place))) return null
  const path = join(place.folder, name)
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return null
    throw unsafe(path)
  })
  if (file === null) return null
  try {
    const stat = await file.stat()
    if (!stat.isFile() || !isOwn(stat, place)) throw unsafe(path)
    return stat.size > MAX_BYTES ? null : await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function writeSafely({ folder, randomHex }: LoginPlace, name: string, text: string): Promise<void> {
  const beside = join(folder, `.${randomHex(8)}`)
  try {
    const file = await open(beside, 'wx', FILE_MODE)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, join(folder, name))
  } finally {
    await rm(beside, { force: true })
  }
}

/** False where there is no folder yet. */
async function checkFolder(place: LoginPlace): Promise<boolean> {
  const stat = await lstat(place.folder).catch((thrown: unknown) => {
    if (codeOf(thrown) === 'ENOENT') return null
    throw unsafe(place.folder)
  })
  if (stat === null) return false
  if (!stat.isDirectory() || !isOwn(stat, place)) throw unsafe(place.folder)
  return true
}

function isOwn(stat: { readonly uid: number; readonly mode: number }, { uid }: LoginPlace): boolean {
  return uid === null || (stat.uid === uid && (stat.mode & OTHERS) === 0)
}

function unsafe(path: string): LoginError {
  return new LoginError(
    'unsafe',
    `${path} is not for its owner alone: whoever could read it may have the token; remove it, sign out at the provider, and stint login`,
  )
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { StsClientError } from '../../errors.ts'
import { parseRoleArn } from '../../wire.ts'
import { awsFiles } from '../aws-files.ts'
import { checkFolder, readCacheFile } from '../helper/cache-file.ts'
import { cacheFolder } from '../helper/cache-folder.ts'
import type { ClientIo } from '../io.ts'
import type { Env } from '../sources/source.ts'
import type { Finding } from './finding.ts'
import { finding } from './finding.ts'

/** The caches of clients: of the AWS CLI and botocore, whose keys are not told apart by token; and our own. */
export async function checkCaches(
  role: string | undefined,
  io: Pick<ClientIo, 'env' | 'readFile' | 'now'>,
): Promise<readonly Finding[]> {
  const folders = await Promise.all(
    awsFiles(io.env).caches.map((folder) => clientCache(folder, { role, io })),
  )
  return [...folders.flat(), ...(await ownCache(io.env))]
}

async function clientCache(
  folder: string,
  { role, io }: { readonly role: string | undefined; readonly io: Pick<ClientIo, 'readFile' | 'now'> },
): Promise<readonly Finding[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json'))
  const entries = await Promise.all(
    names.map(async (name) => ({ name, kept: await entryOf(join(folder, name), io) })),
  )
  const now = io.now().getTime()
  const answering = entries.filter(
    ({ kept }) => kept !== null && kept.endsMs > now && (role === undefined || kept.role === role),
  )
  if (answering.length === 0) return []
  const files = answering.map(({ name }) => join(folder, name)).join(', ')
  return [finding('client_cache_stale', `sessions that have not ended are kept, whoever asks: ${files}`)]
}

type Entry = { readonly role: string; readonly endsMs: number }

/** What an AWS client keeps is the answer of the STS; only its end and the role's name are looked at. */
async function entryOf(path: string, io: Pick<ClientIo, 'readFile'>): Promise<Entry | null> {
  try {
    const json: unknown = JSON.parse(await io.readFile(path))
    const endsMs = Date.parse(String(memberOf(memberOf(json, 'Credentials'), 'Expiration')))
    const arn = String(memberOf(memberOf(json, 'AssumedRoleUser'), 'Arn'))
    return Number.isFinite(endsMs) ? { role: arn.split('/')[1] ?? '', endsMs } : null
  } catch {
    return null
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

async function ownCache(env: Env): Promise<readonly Finding[]> {
  const folder = cacheFolder(env)
  const names = await readdir(folder).catch(() => null)
  if (names === null) return []
  try {
    checkFolder(folder)
    for (const name of names.filter((one) => one.endsWith('.json'))) readCacheFile(folder, name)
    return []
  } catch (error) {
    if (error instanceof StsClientError) return [finding('cache_unsafe', error.detail ?? folder)]
    throw error
  }
}

/** The name in a role's ARN, as it stands in the ARN of a session. */
export function roleName(role: string | { readonly name: string } | undefined): string | undefined {
  return typeof role === 'string' ? parseRoleArn(role)?.name : role?.name
}

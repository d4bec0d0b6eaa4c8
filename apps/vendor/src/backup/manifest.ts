import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { VendorError } from '../errors.ts'

/** What a backup says of itself: written last, so that one without it is not whole. */
export type Manifest = {
  readonly v: 1
  /** When its snapshot was taken, ISO 8601. */
  readonly at: string
  readonly stint: string
  readonly configuration: { readonly generation: number; readonly hash: string }
  /** The newest event, and the hash of the chain there, hex. */
  readonly audit: { readonly seq: number; readonly chain: string }
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>
}

export const MANIFEST = 'backup.json'

export async function fileFacts(path: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash)
  return { bytes: statSync(path).size, sha256: hash.digest('hex') }
}

const NAME = /^(audit\.db|config\.db|keys\/[a-z0-9.-]{1,100}|evidence\/rev_[0-9a-f-]{36}\.tar)$/

/** Reads the manifest of a backup and holds every file against it. Throws `backup_invalid` naming what is wrong. */
export async function readManifest(folder: string): Promise<Manifest> {
  const manifest = parse(folder)
  for (const [name, { bytes, sha256 }] of Object.entries(manifest.files)) {
    const path = join(folder, name)
    if (!NAME.test(name)) throw invalid(name, 'is no file of a data folder')
    if (!existsSync(path)) throw invalid(name, 'is missing')
    const found = await fileFacts(path)
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw invalid(name, 'is not the one that was backed up')
  }
  return manifest
}

function parse(folder: string): Manifest {
  const path = join(folder, MANIFEST)
  if (!existsSync(path)) throw invalid(MANIFEST, 'is missing: the backup was not finished')
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest // checked below as far as it is used
    const { v, files, audit, at } = manifest
    const whole = v === 1 && typeof at === 'string' && Number.isSafeInteger(audit.seq) && 'audit.db' in files
    if (whole && 'config.db' in files) return manifest
  } catch (cause) {
    throw invalid(MANIFEST, 'cannot be read', cause)
  }
  throw invalid(MANIFEST, 'is not one of this version')
}

function invalid(file: string, reason: string, cause?: unknown): VendorError {
  return new VendorError('backup_invalid', {
    ...(cause === undefined ? {} : { cause }),
    facts: { file, reason },
  })
}

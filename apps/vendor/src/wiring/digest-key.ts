import type { KeyObject } from 'node:crypto'
import { createSecretKey, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeKeyFile } from '../key-file.ts'

/** The key of token digests: made at the first start, and kept, so that old log lines can still be joined to tokens. */
export function digestKey(path: string): KeyObject {
  if (!existsSync(path)) writeKeyFile(path, randomBytes(32))
  return createSecretKey(readFileSync(path))
}

import { existsSync, statSync } from 'node:fs'
import { isPack, type PackVerdict, verifyPack } from './pack.ts'
import { type Verdict, type VerifyOptions, verifyLog } from './verify-log.ts'

/** Verifies whatever is there: an evidence pack, a bundle, a data folder or its `audit.db`. Never throws for what it finds. */
export function verifyFile(options: VerifyOptions): Verdict | PackVerdict {
  const { path, keys } = options
  const isFile = existsSync(path) && statSync(path).isFile()
  return isFile && isPack(path) ? verifyPack(path, keys) : verifyLog(options)
}

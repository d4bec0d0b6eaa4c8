import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBundleOf } from '../../apps/vendor/src/audit/bundle.ts'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { AuditEvent } from '../../apps/vendor/src/domain/audit-event.ts'
import type { AuditLog, Checkpoint } from '../../apps/vendor/src/ports.ts'
import { createRandom } from '../../apps/vendor/src/runtime.ts'
import { anIntent, anIssued } from './audit-events.ts'
import { keyBeside } from './log-key.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/audit')
const silent = { info() {}, warn() {}, error() {} }
const START_MS = Date.parse('2026-10-01T00:00:00.000Z')

export type SampleLog = {
  readonly path: string
  readonly keys: readonly string[]
  /** The private key that was replaced: what somebody has who took it in time. */
  readonly firstKeyPem: string
  /** Every checkpoint that was signed on the way. */
  readonly checkpoints: readonly Checkpoint[]
}

const refused = (name: string): AuditEvent => ({
  type: 'assume.refused',
  request: `req_${name}`,
  door: 'token',
  source: { ip: '127.0.0.1', proxies: [], userAgent: 'a “quoted” agent' },
  assumption: `asm_${name}`,
  code: 'unknown_issuer',
  subject: null,
  claimed: { issuer: 'https://elsewhere', alg: 'RS256', kid: null, digest: null },
  decision: null,
  claimedSessionName: null,
})

/** A log of three processes with a key that was changed in the second, a minute an event. */
export async function makeSampleLog(folder: string, events: number): Promise<SampleLog> {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'audit.db')
  const checkpoints: Checkpoint[] = []
  let firstKeyPem = ''
  let at = 0
  const clock = { nowMs: () => START_MS + at * 60_000, monotonicMs: () => at }
  const open = (bootId: string) =>
    openAuditLog({
      ...{ path, clock, bootId, log: silent, migrations: MIGRATIONS, key: keyBeside(path) },
      random: createRandom(),
    })
  for (const boot of ['one', 'two', 'three']) {
    const audit = await open(boot)
    if (boot === 'one') firstKeyPem = readFileSync(keyBeside(path).keyFile, 'utf8')
    for (let round = 0; round < events / 3 / 40; round++) {
      for (let pair = 0; pair < 20; pair++) {
        at += 1
        await write(audit, `${boot}-${round}-${pair}`, pair)
      }
      checkpoints.push(await audit.tree.checkpoint())
    }
    if (boot === 'two') checkpoints.push(...(await changeKey(audit)))
    await audit.append({ type: 'process.stop', reason: boot })
    checkpoints.push(await audit.tree.checkpoint())
    await audit.close()
  }
  const audit = await open('reader')
  const keys = audit.tree.keys().map(({ vkey }) => vkey)
  await audit.close()
  return { path, keys, checkpoints, firstKeyPem }
}

async function write(audit: AuditLog, name: string, pair: number): Promise<void> {
  if (pair % 5 === 4) {
    await audit.append(refused(`${name}-a`))
    await audit.append(refused(`${name}-b`))
    return
  }
  const { seq } = await audit.appendIntent(anIntent(name), () => refused(name))
  await audit.appendIssued(anIssued(name), seq)
}

async function changeKey(audit: AuditLog): Promise<readonly Checkpoint[]> {
  const next = await audit.tree.prepareNextKey(null)
  await audit.append({ type: 'log.key_rotated', ...next })
  await audit.tree.useNextKey(next)
  return []
}

/** Writes the bundle of a log, whole or of a part. */
export function bundleTo(
  file: string,
  path: string,
  more: Partial<Parameters<typeof openBundleOf>[0]> = {},
): { readonly from: number; readonly to: number; readonly size: number } {
  const bundle = openBundleOf({ path, fromMs: null, toMs: null, anchors: [], ...more })
  writeFileSync(file, Buffer.concat([...bundle.chunks()]))
  bundle.close()
  return { from: bundle.from, to: bundle.to, size: bundle.size }
}

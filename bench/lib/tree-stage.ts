import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signCheckpoint } from '../../apps/vendor/src/audit/tree/checkpoint.ts'
import { newLogKeyPem, readLogKey } from '../../apps/vendor/src/audit/tree/log-key.ts'
import { createReceipts } from '../../apps/vendor/src/audit/tree/receipts.ts'
import { createRecentNodes } from '../../apps/vendor/src/audit/tree/recent-nodes.ts'
import { sha256 } from '../../apps/vendor/src/audit/tree/sha256.ts'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { nodeHash, peaksOf, treeAt } from '../../apps/vendor/src/domain/merkle-tree.ts'
import { benchIssued } from './audit-events.ts'

/** A log of a million events, of which only what a later leaf needs is there. */
const BEFORE = 1_000_000
/** Vends whose outcomes wait together, at 64 callers and a store that answers at once. */
const TOGETHER = 8
const BATCHES = 3_000

/** CPU of one vend for tree and receipt: two leaves, two proofs, its share of a signature. In µs. */
export function treeMicros(): number {
  const folder = mkdtempSync(join(tmpdir(), 'stint-stage-'))
  const file = join(folder, 'log.pem')
  writeFileSync(file, newLogKeyPem(), { mode: 0o400 })
  const key = readLogKey(file, { origin: 'stint.example.com/log', isGiven: false })
  rmSync(folder, { recursive: true })
  const hash = sha256(Buffer.from('a leaf'))
  const recent = createRecentNodes(() => hash)
  for (const { level, index } of peaksOf(BEFORE)) recent.put(level, index, hash)
  const event = canonicalize(benchIssued(1))
  let size = BEFORE
  function append(): void {
    let [level, index, node] = [0, size, hash]
    recent.put(level, index, node)
    while (index % 2 === 1) {
      node = nodeHash(recent.at(level, index - 1), node, sha256)
      index = (index - 1) / 2
      recent.put(++level, index, node)
    }
    size += 1
  }
  function batch(): number {
    const first = size
    for (let leaf = 0; leaf < TOGETHER * 2; leaf++) append()
    const tree = treeAt(size, recent.at, sha256)
    const receiptOf = createReceipts(tree, recent.at)
    let characters = signCheckpoint(tree, key).length
    for (let at = 0; at < TOGETHER; at++)
      characters += receiptOf({ event, index: first + at, intent: first + at - TOGETHER }).length
    return characters
  }
  for (let turn = 0; turn < BATCHES / 4; turn++) batch()
  const before = process.cpuUsage()
  for (let turn = 0; turn < BATCHES; turn++) batch()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / BATCHES / TOGETHER
}

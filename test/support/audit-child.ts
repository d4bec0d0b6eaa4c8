import { existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { anIntent, anIssued } from './audit-events.ts'
import { keyBeside } from './log-key.ts'

/**
 * Writes to a log. `full`: large events until one is refused, and says how many were taken. `vend`: intents and outcomes,
 * eight at once, until it is killed or has done `count`; each receipt goes to the ledger beside the log the moment that it
 * is answered, and refusals are tried again.
 */
const [path = '', mode = 'vend', count = '1000000'] = process.argv.slice(2)
const silent = { info() {}, warn() {}, error() {} }
const audit = await openAuditLog({
  path,
  migrations: join(import.meta.dirname, '../../migrations/sqlite/audit'),
  key: keyBeside(path),
  clock: systemClock,
  random: createRandom(),
  bootId: `child-${process.pid}`,
  log: silent,
})

const codeOf = (thrown: unknown) =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)

async function fill(): Promise<void> {
  let taken = 0
  try {
    for (;;) {
      await audit.append({ type: 'process.stop', reason: 'x'.repeat(8000) })
      taken += 1
    }
  } catch (thrown) {
    process.stdout.write(`taken ${taken}\nrefused ${codeOf(thrown)}\n`)
    process.exit(0)
  }
}

async function vend(): Promise<void> {
  const ledger = openLedger(`${path}.ledger`)
  const own = String(process.pid)
  let next = 0
  let refused = 0
  const caller = async () => {
    while (next < Number(count)) {
      const name = `${own}-${next++}`
      try {
        const { seq } = await audit.appendIntent(anIntent(name), () => ({ type: 'process.stop', reason: '' }))
        const { proof, checkpoint } = await audit.appendIssued(anIssued(name), seq)
        writeSync(ledger, `${JSON.stringify({ receipt: proof + checkpoint })}\n`)
        if (next % 100 === 0) await audit.tree.checkpoint()
      } catch (thrown) {
        refused += 1
        if (codeOf(thrown) !== 'audit_unavailable' || refused > 1000) throw thrown
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, caller))
  process.stdout.write(`refused ${refused}\n`)
}

/** A child that was killed within a line left a part of it, which nobody was answered: the next line is one of its own. */
function openLedger(file: string): number {
  if (existsSync(file)) truncateSync(file, readFileSync(file).lastIndexOf('\n') + 1)
  return openSync(file, 'a')
}

await (mode === 'full' ? fill() : vend())
// As it is: what a clean end would still put in order must not be needed.
process.kill(process.pid, 'SIGKILL')

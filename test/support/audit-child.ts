import { join } from 'node:path'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import { createRandom, systemClock } from '../../apps/vendor/src/runtime.ts'
import { keyBeside } from './log-key.ts'

/** Writes events until it is killed (`write`) or refused (`full`), and says each one that is on disk. */
const [path = '', mode = 'write'] = process.argv.slice(2)
const silent = { info() {}, warn() {}, error() {} }
const migrations = join(import.meta.dirname, '../../migrations/sqlite/audit')
const audit = await openAuditLog({
  path,
  migrations,
  key: keyBeside(path),
  clock: systemClock,
  random: createRandom(),
  bootId: 'child',
  log: silent,
})

let taken = 0
try {
  for (;;) {
    await Promise.all(
      Array.from({ length: mode === 'write' ? 8 : 1 }, async () => {
        await audit.append({ type: 'process.stop', reason: mode === 'write' ? 'x' : 'x'.repeat(8000) })
        taken += 1
        if (mode === 'write') process.stdout.write('ack\n')
      }),
    )
  }
} catch (thrown) {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
  process.stdout.write(`taken ${taken}\nrefused ${code}\n`)
  process.exit(0)
}

import { setImmediate } from 'node:timers/promises'
import { lockDataFolder } from '../../apps/vendor/src/storage/lock.ts'

/**
 * Takes the lock of a data folder and holds it until it is killed, or says why it cannot. It drops what it got and has the
 * garbage collected, as `--expose-gc` lets it: the lock must not go with it.
 */
try {
  lockDataFolder(process.argv[2] ?? '')
  setInterval(() => undefined, 60_000)
  for (let turn = 0; turn < 5; turn++) {
    await setImmediate()
    globalThis.gc?.()
  }
  console.log('locked')
} catch (thrown) {
  console.log(thrown instanceof Error && 'code' in thrown ? thrown.code : thrown)
}

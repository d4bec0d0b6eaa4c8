import { lockDataFolder } from '../../apps/vendor/src/storage/lock.ts'

/** Takes the lock of a data folder and holds it until it is killed, or says why it cannot. */
try {
  lockDataFolder(process.argv[2] ?? '')
  console.log('locked')
  setInterval(() => undefined, 60_000)
} catch (thrown) {
  console.log(thrown instanceof Error && 'code' in thrown ? thrown.code : thrown)
}

import { takeLock } from '../../scripts/parts/lock.ts'

// Takes the lock named by its argument and holds it until it is killed.
await takeLock(process.argv[2] ?? '', { onWait: () => console.log('waiting') })
console.log('held')
setInterval(() => undefined, 60_000)

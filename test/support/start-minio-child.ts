import { startMinio } from './minio.ts'

// A program that starts MinIO and is then killed: what it started must not outlive it.
const minio = await startMinio()
console.log(JSON.stringify({ pid: minio.pid, dataDir: minio.dataDir }))
setInterval(() => undefined, 60_000)

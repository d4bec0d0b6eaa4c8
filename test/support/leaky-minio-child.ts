import { spawn } from 'node:child_process'
import { createServer, request } from 'node:http'
import { freePort } from './ports.ts'

// Plays a MinIO that must not be used: the real one behind a proxy that spoils one thing. Called as a `minio`
// on PATH is called; what it spoils stands in LEAK, the real program in REAL_MINIO.
//   policy   the session policy is dropped on the way (a store that ignores it)
//   key      a confined session's wish for a key of its own is granted (CVE-2025-62506)
//   issuer   no web identity is ever accepted

const leak = process.env['LEAK']
const args = process.argv.slice(2)
const address = args[args.indexOf('--address') + 1] ?? ''
const behind = await freePort()
const moved = args.map((arg) => (arg === address ? `127.0.0.1:${behind}` : arg))
spawn(process.env['REAL_MINIO'] ?? '', moved, { stdio: 'inherit' })

const proxy = createServer(async (incoming, answer) => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString('latin1')
  const form = new URLSearchParams(incoming.url === '/' ? body : '')
  if (leak === 'issuer' && form.has('WebIdentityToken')) {
    return void answer.writeHead(400).end('<Error><Code>InvalidParameterValue</Code></Error>')
  }
  if (leak === 'key' && incoming.url?.endsWith('/add-service-account')) return void answer.end('{}')
  if (leak === 'policy') form.delete('Policy')
  const forwarded = Buffer.from(form.has('WebIdentityToken') ? form.toString() : body, 'latin1')
  // The Host that the caller signed is kept; only a form, which nobody signed, may change its length.
  const { 'transfer-encoding': _, ...kept } = incoming.headers
  const headers = { ...kept, 'content-length': forwarded.length }
  const onward = request({
    port: behind,
    host: '127.0.0.1',
    method: incoming.method,
    path: incoming.url,
    headers,
  })
  onward.on('error', () => answer.writeHead(502).end())
  onward.on('response', (got) => {
    answer.writeHead(got.statusCode ?? 502, got.headers)
    got.pipe(answer)
  })
  onward.end(forwarded)
})
proxy.listen(Number(address.split(':')[1]), '127.0.0.1')

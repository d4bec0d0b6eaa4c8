import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The baseline of every CPU figure: JSON in, JSON out, on bare node:http; at `/bare` any text. */
const server = createServer((request, response) => {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (piece: string) => {
    text += piece
  })
  request.on('end', () => {
    const body = request.url === '/bare' ? text : JSON.stringify(JSON.parse(text))
    response
      .writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
      })
      .end(body)
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  console.log(`http://127.0.0.1:${port}`)
})

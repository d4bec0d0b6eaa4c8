// Writes and reads one object with minio-js and its IAM provider, as often as asked; says as one line of JSON how it
// went. Its web-identity path has amazonaws.com built in, so only its container path can be pointed elsewhere.
import { setTimeout as delay } from 'node:timers/promises'
import { Client, IamAwsProvider } from 'minio'

const [bucket, key] = process.argv.slice(2)
const number = (name, otherwise) => Number(process.env[name] ?? otherwise)

async function use() {
  const endpoint = new URL(process.env.AWS_ENDPOINT_URL_S3)
  const client = new Client({
    endPoint: endpoint.hostname,
    port: Number(endpoint.port),
    useSSL: endpoint.protocol === 'https:',
    region: process.env.AWS_REGION,
    credentialsProvider: new IamAwsProvider({}),
  })
  let text = ''
  for (let i = 0; i < number('CLIENT_REPEAT', 1); i++) {
    if (i > 0) await delay(number('CLIENT_PAUSE_MS', 0))
    await client.putObject(bucket, key, `written by minio-js, ${i}`)
    const chunks = []
    for await (const chunk of await client.getObject(bucket, key)) chunks.push(chunk)
    text = Buffer.concat(chunks).toString('utf8')
  }
  return text
}

const answer = await use().then(
  (text) => ({ ok: true, text }),
  (error) => ({ ok: false, code: error.code ?? error.name, message: error.message }),
)
console.log(JSON.stringify(answer))

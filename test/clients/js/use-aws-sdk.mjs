// Writes and reads one object with the AWS SDK for JavaScript v3 and its default credential chain, as often as asked;
// says as one line of JSON how it went. Everything else comes from the AWS_* environment.
import { setTimeout as delay } from 'node:timers/promises'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

const [bucket, key] = process.argv.slice(2)
const number = (name, otherwise) => Number(process.env[name] ?? otherwise)

async function use() {
  const client = new S3Client({ forcePathStyle: true })
  let text = ''
  for (let i = 0; i < number('CLIENT_REPEAT', 1); i++) {
    if (i > 0) await delay(number('CLIENT_PAUSE_MS', 0))
    const Body = `written by aws-sdk-js-v3, ${i}`
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }))
    const { Body: got } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    text = await got.transformToString()
  }
  return text
}

const answer = await use().then(
  (text) => ({ ok: true, text }),
  (error) => ({ ok: false, code: error.Code ?? error.name, message: error.message }),
)
console.log(JSON.stringify(answer))

import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

// What a program run by `stint exec` is: it knows the AWS SDK and nothing of Stint. Writes and reads an object every
// 200 ms until as many seconds have passed as its second argument says, then prints the key ids that it was given.
const [key = '', seconds = '0'] = process.argv.slice(2)
const client = new S3Client({ forcePathStyle: true, maxAttempts: 1 })
const ids = new Set<string>()
const endMs = Date.now() + Number(seconds) * 1000
do {
  await client.send(new PutObjectCommand({ Bucket: 'artifacts', Key: key, Body: 'by the program' }))
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'artifacts', Key: key }))
  await Body?.transformToString()
  ids.add((await client.config.credentials()).accessKeyId)
  await new Promise((resolve) => setTimeout(resolve, 200))
} while (Date.now() < endMs)
process.stdout.write(JSON.stringify([...ids]))

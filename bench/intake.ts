import { join } from 'node:path'
import { writeSecret } from '../test/support/minio-user.ts'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { listening } from './lib/listening.ts'
import { longestWait } from './lib/longest-wait.ts'
import { type Bench, median, type Row } from './lib/row.ts'

const SECRET = 'intake-secret-of-a-benchmark'
/** As `docs/GHOSTS.md` has MinIO post. */
const BATCH = 100
const POSTS = 300
const CALLERS = 2
const ROUNDS = 3
const SESSIONS = 500
const RATE_BAR = 1_000
const HOLD_BAR_MS = 50

/** How many audit entries of a store are taken in, and for how long that holds whoever wants something else. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'error' } })
  try {
    await writeSecret(join(vendor.dataFolder, 'secrets'), 'store-intake', SECRET)
    const base = configurationFor(vendor, stub.origin)
    const targets = { store: { ...base.targets.store, intake: { secret: 'store-intake' } } }
    const { status } = await vendor.apply({ ...base, targets })
    if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
    const bytes = posted(0, 0).length / BATCH
    say(
      `${POSTS * BATCH} entries of ${(bytes / 1024).toFixed(1)} KB a round, ${BATCH} a post, ${CALLERS} at once`,
    )
    const rounds: Awaited<ReturnType<typeof oneRound>>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push(await oneRound(vendor, round))
      say(`round ${round + 1}: ${rounds.at(-1)?.rate.toFixed(0)} entries/s`)
    }
    return rowsOf(rounds)
  } finally {
    await vendor.stop()
    await stub.process.stop()
  }
}

async function oneRound(vendor: ChildVendor, round: number) {
  const bodies = Array.from({ length: POSTS }, (_, at) => posted(round, at))
  const parsedRate = rateOf(() => {
    for (const body of bodies) for (const line of body.split('\n')) JSON.parse(line)
  })
  const idle = await longestWait(vendor.url, new Promise((resolve) => setTimeout(resolve, 2_000)))
  const begun = performance.now()
  const all = sendAll(vendor, bodies)
  const held = await longestWait(vendor.url, all)
  return { rate: (POSTS * BATCH * 1000) / (performance.now() - begun), parsedRate, idle, held }
}

function rowsOf(rounds: readonly Awaited<ReturnType<typeof oneRound>>[]): readonly Row[] {
  const of = (member: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[member]))
  const [rate, parsed, held, idle] = [of('rate'), of('parsedRate'), of('held'), of('idle')]
  return [
    {
      ...{ name: 'intake.rate', value: rate, unit: 'entries/s', baseline: parsed, ratio: rate / parsed },
      // The baseline is JSON.parse of the same lines and nothing else. A MinIO on two cores tells of less than the bar.
      ...{ bar: `≥ ${RATE_BAR} entries/s`, holds: rate >= RATE_BAR },
    },
    {
      ...{ name: 'intake.hold', value: held, unit: 'ms', baseline: idle, ratio: held / idle },
      ...{ bar: `≤ ${HOLD_BAR_MS} ms above idle`, holds: held <= HOLD_BAR_MS + idle },
    },
  ]
}

async function sendAll(vendor: ChildVendor, bodies: readonly string[]): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: CALLERS }, async () => {
      for (let at = next++; at < bodies.length; at = next++) {
        const { status } = await fetch(`${vendor.url}/v1/intake/store`, {
          method: 'POST',
          headers: { authorization: SECRET },
          body: bodies[at] ?? '',
        })
        if (status !== 204) throw new Error(`a post was answered by ${status}`)
      }
    }),
  )
}

function rateOf(work: () => void): number {
  const begun = performance.now()
  work()
  return (POSTS * BATCH * 1000) / (performance.now() - begun)
}

/** One post as MinIO makes it: each entry with the caller's headers, session token and claims. */
function posted(round: number, at: number): string {
  return Array.from({ length: BATCH }, (_, index) => {
    const number = (round * POSTS + at) * BATCH + index
    const session = number % SESSIONS
    const object = `acme/app/${number % 20_000}`
    return JSON.stringify({
      version: '1',
      deploymentid: '6f0f3a5e-5d2b-4d3c-9d0a-0d6d3f1f2b11',
      time: new Date().toISOString(),
      trigger: 'incoming',
      api: {
        name: number % 3 === 0 ? 'PutObject' : 'GetObject',
        bucket: 'artifacts',
        object,
        status: 'OK',
        statusCode: 200,
        ...{ rx: 0, tx: 1_024, timeToFirstByte: '1270182ns', timeToResponse: '1341203ns' },
      },
      remotehost: '192.0.2.17',
      requestID: `R${number.toString(16).toUpperCase().padStart(15, '0')}`,
      userAgent: 'aws-sdk-js/3.1173.0 os/linux lang/js md/nodejs#24',
      requestPath: `/artifacts/${object}`,
      requestHost: 'minio.example.com:9000',
      requestClaims: {
        accessKey: `SESSION${session}`,
        sub: `nobody-${session}`,
        iss: 'https://login.example.com',
        exp: 4_000_000_000,
        sessionPolicy: 'x'.repeat(900),
      },
      requestHeader: {
        Authorization: `AWS4-HMAC-SHA256 Credential=SESSION${session}/20261125/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`,
        'X-Amz-Content-Sha256': 'e'.repeat(64),
        'X-Amz-Security-Token': 'y'.repeat(1_200),
      },
      responseHeader: { 'Content-Length': '1024', ETag: 'z'.repeat(32), 'X-Amz-Request-Id': 'R' },
      accessKey: `SESSION${session}`,
      parentUser: 'P'.repeat(43),
    })
  }).join('\n')
}

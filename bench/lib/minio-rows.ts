import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createStoreTokenSigner } from '../../apps/vendor/src/targets/issued-identity.ts'
import { clientIdOf, minioRoleArn } from '../../apps/vendor/src/targets/role-arn.ts'
import { issuerUrlOf, readTargetKey } from '../../apps/vendor/src/targets/target-key.ts'
import { startTrustingMinio } from '../../test/support/trusting-minio.ts'
import { type ChildVendor, startVendor } from '../../test/support/vendor.ts'
import { fire, type Shot } from './load.ts'
import { median, type Row } from './row.ts'
import { exchangeShots } from './tokens.ts'

const ROUNDS = 5
const RATE_BAR = 0.8
const COUNTS: Readonly<Record<number, number>> = { 1: 400, 16: 1_500, 64: 1_500 }

/** Rates and latency against the real MinIO, through Stint and made straight to it, in turns on the same machine. */
export async function minioRows(input: {
  readonly fdatasyncMs: number
  readonly say: (line: string) => void
}): Promise<readonly Row[]> {
  const { fdatasyncMs, say } = input
  const vendor = await startVendor({
    child: true,
    env: { STINT_LOG_LEVEL: 'warn', NODE_OPTIONS: '--max-semi-space-size=64' },
  })
  const minio = await startTrustingMinio(vendor)
  try {
    const through = exchangeShots(vendor, 2_000)
    const straight = straightShots(vendor, 2_000)
    const rows: Row[] = []
    for (const callers of [1, 16, 64]) {
      const load = { count: COUNTS[callers] ?? 1_000, callers }
      const ours: Measured[] = []
      const direct: Measured[] = []
      for (let round = 0; round < ROUNDS; round++) {
        direct.push(await measured(minio.endpoint, straight, load))
        ours.push(await measured(vendor.url, through, load))
      }
      const [rate, base] = [
        median(ours.map((one) => one.perSecond)),
        median(direct.map((one) => one.perSecond)),
      ]
      say(`${callers} callers: ${rate.toFixed(0)}/s through Stint, ${base.toFixed(0)}/s straight`)
      if (callers === 1) rows.push(latencyRow(ours, direct, fdatasyncMs))
      else
        rows.push({
          name: `minio.rps.${callers}`,
          value: rate,
          unit: '/s',
          baseline: base,
          ratio: rate / base,
          bar: `≥ ${RATE_BAR} × straight`,
          holds: rate / base >= RATE_BAR,
        })
    }
    return [...rows, { name: 'disk.fdatasync', value: fdatasyncMs, unit: 'ms', baseline: null, ratio: null }]
  } finally {
    await minio.stop()
    await vendor.stop()
  }
}

type Measured = Awaited<ReturnType<typeof fire>>

async function measured(
  origin: string,
  shots: (at: number) => Shot,
  load: { count: number; callers: number },
): Promise<Measured> {
  const fired = await fire(origin, shots, load)
  if (fired.bad > 0) throw new Error(`${fired.bad} calls to ${origin} failed`)
  return fired
}

function latencyRow(ours: readonly Measured[], direct: readonly Measured[], fdatasyncMs: number): Row {
  const [value, baseline] = [median(ours.map(({ p50Ms }) => p50Ms)), median(direct.map(({ p50Ms }) => p50Ms))]
  const bar = 1.5 + 2 * fdatasyncMs
  return {
    name: 'latency.added',
    value: value - baseline,
    unit: 'ms',
    baseline,
    ratio: value / baseline,
    bar: `≤ ${bar.toFixed(2)} ms (1.5 + 2 × fdatasync)`,
    holds: value - baseline <= bar,
  }
}

/** The very calls that Stint makes, signed by its own key, each with a `sub` of its own. */
function straightShots(vendor: ChildVendor, count: number): (at: number) => Shot {
  const key = readTargetKey({ own: join(vendor.dataFolder, 'keys'), given: null }, 'store')
  if (key === null) throw new Error('the target has no key')
  const clientId = clientIdOf('store')
  const sign = createStoreTokenSigner({ key, issuer: issuerUrlOf(vendor.url, 'store'), audience: clientId })
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['s3:GetObject', 's3:PutObject'],
        Resource: ['arn:aws:s3:::artifacts/acme/app/*'],
      },
    ],
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const bodies = Array.from({ length: count }, () => {
    const token = sign(`bench-${randomBytes(8).toString('hex')}`, Date.now(), Date.now() + 3_600_000)
    return new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      DurationSeconds: '3600',
      RoleArn: minioRoleArn(clientId, ''),
      WebIdentityToken: token.reveal(),
      Policy: policy,
    }).toString()
  })
  return (at) => ({ path: '/', headers, body: bodies[at % bodies.length] ?? '' })
}

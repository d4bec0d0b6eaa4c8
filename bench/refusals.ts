import { Agent, request } from 'node:http'
import { SUBJECT_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT } from '@stint/sts-client/wire'
import { type FakeSts, startFakeSts } from '../test/support/fake-sts.ts'
import { startTestIssuer } from '../test/support/test-issuer.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { type Bench, median, type Row } from './lib/row.ts'

/**
 * Whether a refusal can be told from another by its time. A pair is two refusals that a caller must not tell apart. Its
 * trials go over one connection, one at a time, in a seeded random order, so that whatever drifts on the machine drifts
 * for both. A row holds where the medians of both sides differ by no more than the medians of two halves of one side
 * do: the bar is the 95th percentile over random halvings, of the side where it is larger. Both sides are also compared
 * byte for byte, but for the request id.
 */

const TRIALS = 2_000
const WARM_UP = 300
const HALVINGS = 1_000
const CANDIDATES = 100

type Case = { readonly name: string; readonly bodies: readonly string[] }
type Pair = { readonly name: string; readonly sides: readonly [Case, Case] }

export const bench: Bench = async (say) => {
  const store = await startFakeSts()
  const gone = await startTestIssuer()
  const vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  try {
    await configure(vendor, store, gone.url)
    const rows: Row[] = []
    for (const pair of pairs(vendor, gone.url)) rows.push(await measure(vendor.url, pair, say))
    return rows
  } finally {
    await vendor.stop()
    await Promise.all([store.stop(), gone.stop()])
  }
}

/** A second issuer that was configured and is disabled, and a role with a hundred mappings. */
async function configure(vendor: ChildVendor, store: FakeSts, goneUrl: string): Promise<void> {
  const usual = configurationFor(vendor, store.endpoint)
  const gone = { ...usual.issuers.ci, url: goneUrl }
  const many = Object.fromEntries(
    Array.from({ length: CANDIDATES }, (_, at) => {
      const when = [
        { claim: ['repository_id'], equals: String(1_000 + at) },
        { claim: ['ref'], equals: 'refs/heads/main' },
      ]
      return [`many-${at}`, { ...usual.mappings['app-main'], when, role: 'quick-look' }]
    }),
  )
  const wanted = { ...usual, mappings: { ...usual.mappings, ...many } }
  for (const issuers of [{ ...usual.issuers, gone }, usual.issuers]) {
    const { status, body } = await vendor.apply({ ...wanted, issuers })
    if (status !== 200) throw new Error(`the configuration was not applied: ${JSON.stringify(body)}`)
  }
}

function pairs(vendor: ChildVendor, goneUrl: string): readonly Pair[] {
  const role = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`
  const tokens = (claims: (at: number) => Record<string, unknown>, roleName: string): readonly string[] =>
    Array.from({ length: 50 }, (_, at) =>
      new URLSearchParams({
        grant_type: TOKEN_EXCHANGE_GRANT,
        subject_token: vendor.token(claims(at)),
        subject_token_type: SUBJECT_TOKEN_TYPES[1],
        resource: role(roleName),
      }).toString(),
    )
  // As long as the other, so that neither is longer on the wire or to digest.
  const unknown = goneUrl.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))
  const stranger = (at: number) => ({ repository_id: '7', n: at })
  return [
    {
      name: 'issuer.unknown-disabled',
      sides: [
        { name: 'unknown', bodies: tokens((at) => ({ iss: unknown, n: at }), 'app-artifacts') },
        { name: 'disabled', bodies: tokens((at) => ({ iss: goneUrl, n: at }), 'app-artifacts') },
      ],
    },
    {
      name: 'role.unknown-known',
      sides: [
        { name: 'unknown', bodies: tokens(stranger, 'app-artifactz') },
        { name: 'known', bodies: tokens(stranger, 'app-artifacts') },
      ],
    },
    {
      name: 'role.unknown-hundred',
      sides: [
        { name: 'unknown', bodies: tokens(stranger, 'quick-lock') },
        { name: 'known, a hundred mappings', bodies: tokens(stranger, 'quick-look') },
      ],
    },
    {
      name: 'mapping.first-last',
      sides: [
        {
          name: 'near the first',
          bodies: tokens((at) => ({ repository_id: '1000', ref: 'refs/heads/x', n: at }), 'quick-look'),
        },
        {
          name: 'near the last',
          bodies: tokens((at) => ({ repository_id: '1099', ref: 'refs/heads/x', n: at }), 'quick-look'),
        },
      ],
    },
    {
      name: 'condition.first-second',
      sides: [
        {
          name: 'the first fails',
          bodies: tokens((at) => ({ repository_id: '43', n: at }), 'app-artifacts'),
        },
        {
          name: 'the second fails',
          bodies: tokens((at) => ({ ref: 'refs/heads/x', n: at }), 'app-artifacts'),
        },
      ],
    },
  ]
}

async function measure(origin: string, pair: Pair, say: (line: string) => void): Promise<Row> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const random = mulberry(7)
  const times: [number[], number[]] = [[], []]
  const answers: [Set<string>, Set<string>] = [new Set(), new Set()]
  for (let trial = -WARM_UP; trial < TRIALS; trial++) {
    const order = random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const)
    for (const side of order) {
      const bodies = pair.sides[side].bodies
      const { micros, answer } = await post(origin, agent, bodies[(trial + WARM_UP) % bodies.length] ?? '')
      answers[side].add(answer)
      if (trial >= 0) times[side].push(micros)
    }
  }
  agent.destroy()
  const [one, other] = answers.map((set) => [...set].toSorted().join('\n'))
  const same = one === other && answers[0].size === 1
  const [a, b] = times.map((all) => median(all))
  const difference = Math.abs((a ?? 0) - (b ?? 0))
  const bar = Math.max(...times.map((all) => halves(all, random)))
  const [left, right] = pair.sides
  say(
    `${pair.name}: ${left.name} ${a?.toFixed(1)} µs, ${right.name} ${b?.toFixed(1)} µs, answers ${same ? 'equal' : 'DIFFER'}`,
  )
  return {
    name: `refusals.${pair.name}`,
    value: difference,
    unit: 'µs',
    baseline: bar,
    ratio: difference / bar,
    bar: 'equal answers; ≤ two halves of one case',
    holds: same && difference <= bar,
  }
}

/** The 95th percentile of the difference between the medians of two random halves. */
function halves(all: readonly number[], random: () => number): number {
  const differences = Array.from({ length: HALVINGS }, () => {
    const left: number[] = []
    const right: number[] = []
    for (const one of all) (random() < 0.5 ? left : right).push(one)
    return Math.abs(median(left) - median(right))
  }).toSorted((x, y) => x - y)
  return differences[Math.floor(HALVINGS * 0.95)] ?? 0
}

type Timed = { readonly micros: number; readonly answer: string }

/** One request: its time, and all that a caller sees of the answer but its request id and its date. */
function post(origin: string, agent: Agent, body: string): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
    }
    const started = process.hrtime.bigint()
    const call = request(`${origin}/v1/token`, { method: 'POST', agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const micros = Number(process.hrtime.bigint() - started) / 1_000
        const seen = response.rawHeaders.filter((_, at, all) => !/^date$/i.test(all[at - (at % 2)] ?? ''))
        const text = Buffer.concat(chunks).toString()
        const answer = `${response.statusCode} ${seen.join('|')} ${text.replace(/req_[0-9a-f-]{36}/, 'req_')}`
        resolve({ micros, answer })
      })
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** A small seeded generator, so that a run can be repeated. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

import { goodDraft, wireOf } from '../test/corpus/doors/signed-requests.ts'
import { webIdentityForm } from '../test/support/doors.ts'
import type { AwsCredentials } from '../test/support/sigv4.ts'
import { type ChildVendor, configurationFor, startVendor } from '../test/support/vendor.ts'
import { helperStartRows } from './lib/helper-start.ts'
import { type Listening, listening } from './lib/listening.ts'
import type { Shot } from './lib/load.ts'
import { fire } from './lib/load.ts'
import { cpuMicros } from './lib/process-cpu.ts'
import { type Bench, median, type Row } from './lib/row.ts'
import { ciTokens, exchangeShots } from './lib/tokens.ts'

const ROUNDS = 7
const PER_ROUND = 4_000
const CALLERS = 64
const NODE_FLAGS = '--max-semi-space-size=64'
const DOOR_BAR = 1.1
const IDENTITY_BAR = 3

type Kind = 'token' | 'token.no-keys' | 'sts' | 'container' | 'process' | 'caller-identity'

/** What a request costs at each door, against a stub STS, in turns: beside the token door, and beside the same request at a bare `node:http`. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const echo = await listening([NODE_FLAGS, 'bench/lib/echo-server.ts'])
  const env = { STINT_LOG_LEVEL: 'warn', NODE_OPTIONS: NODE_FLAGS }
  const vendor = await startVendor({ child: true, env })
  const keepsNone = await startVendor({ child: true, env: { ...env, STINT_SESSION_KEY_DOORS: '' } })
  // One that vends nothing meanwhile: what a log does behind thousands of exchanges is no cost of saying who somebody is.
  const tells = await startVendor({ child: true, env })
  let rows: readonly Row[]
  try {
    for (const one of [vendor, keepsNone, tells]) {
      const applied = await one.apply(configurationFor(one, stub.origin))
      if (applied.status !== 200) throw new Error(`the configuration was not applied: ${applied.status}`)
    }
    rows = await doorRows({ vendor, keepsNone, tells, echo, say })
  } finally {
    await Promise.all([vendor.stop(), keepsNone.stop(), tells.stop()])
    await Promise.all([stub.process.stop(), echo.process.stop()])
  }
  return [...rows, ...(await helperStartRows(say))]
}

type Input = {
  readonly vendor: ChildVendor
  readonly keepsNone: ChildVendor
  readonly tells: ChildVendor
  readonly echo: Listening
  readonly say: (line: string) => void
}

async function doorRows({ vendor, keepsNone, tells, echo, say }: Input): Promise<readonly Row[]> {
  say(`signing ${2 * PER_ROUND} tokens`)
  const shots = shotsOf(vendor)
  const identity = await identityShots(tells)
  const withoutKeys = exchangeShots(keepsNone, PER_ROUND)
  const cost = new Map<string, number[]>()
  const measure = async (
    name: string,
    run: { pid: number; origin: string; shot: (at: number) => Shot; count: number },
  ) => {
    const before = cpuMicros(run.pid)
    const fired = await fire(run.origin, run.shot, { count: run.count, callers: CALLERS })
    if (fired.bad > 0) throw new Error(`${fired.bad} requests of ${name} failed`)
    cost.set(name, [...(cost.get(name) ?? []), (cpuMicros(run.pid) - before) / run.count])
  }
  const json = {
    path: '/',
    headers: { 'content-type': 'application/json' },
    body: '{"hello":"this is stint"}',
  }
  // The first round warms up and is not counted.
  for (let round = 0; round <= ROUNDS; round++) {
    const beside = { pid: echo.process.pid, origin: echo.origin, count: PER_ROUND * 3 }
    await measure('echo', { ...beside, shot: () => json })
    // The very request of the caller-identity row: reading two kilobytes of headers costs everybody.
    await measure('bare', { ...beside, shot: (at) => ({ ...identity(at), path: '/bare' }) })
    const asked = { pid: tells.process().pid, origin: tells.url, shot: identity, count: PER_ROUND * 3 }
    await measure('caller-identity', asked)
    for (const [name, shot] of Object.entries(shots)) {
      await measure(name, { pid: vendor.process().pid, origin: vendor.url, shot, count: PER_ROUND })
    }
    const other = { pid: keepsNone.process().pid, origin: keepsNone.url, shot: withoutKeys, count: PER_ROUND }
    await measure('token.no-keys', other)
    if (round === 0) cost.clear()
    else
      say(
        `round ${round}: ${[...cost].map(([name, all]) => `${name} ${all.at(-1)?.toFixed(0)}`).join(', ')} µs`,
      )
  }
  const of = (name: Kind | 'echo' | 'bare') => median(cost.get(name) ?? [])
  return [
    row({ name: 'token.cpu', value: of('token'), baseline: of('echo') }),
    row({ name: 'session-keys.cpu', value: of('token'), baseline: of('token.no-keys') }),
    ...(['sts', 'container', 'process'] as const).map((name) =>
      row({ name: `${name}.cpu`, value: of(name), baseline: of('token'), bar: DOOR_BAR }),
    ),
    row({
      name: 'caller-identity.cpu',
      value: of('caller-identity'),
      baseline: of('bare'),
      bar: IDENTITY_BAR,
    }),
  ]
}

function row(of: {
  readonly name: string
  readonly value: number
  readonly baseline: number
  readonly bar?: number
}): Row {
  const { name, value, baseline, bar } = of
  const ratio = value / baseline
  const held = bar === undefined ? {} : { bar: `≤ ${bar} ×`, holds: ratio <= bar }
  return { name, value, unit: 'µs', baseline, ratio, ...held }
}

function shotsOf(
  vendor: ChildVendor,
): Readonly<Record<Exclude<Kind, 'token.no-keys' | 'caller-identity'>, (at: number) => Shot>> {
  const tokens = ciTokens(vendor, PER_ROUND)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const bodies = tokens.map((token) => String(webIdentityForm(token)))
  const at = <T>(list: readonly T[], index: number) => list[index % list.length] as T // none of them is empty
  const container =
    (query: string) =>
    (index: number): Shot => ({
      method: 'GET',
      path: `/v1/credentials/app-artifacts${query}`,
      headers: { authorization: at(tokens, index) },
      body: '',
    })
  return {
    token: exchangeShots(vendor, PER_ROUND, tokens),
    sts: (index) => ({ path: '/', headers: form, body: at(bodies, index) }),
    container: container(''),
    process: container('?format=process'),
  }
}

async function identityShots(vendor: ChildVendor): Promise<(at: number) => Shot> {
  const credentials = await sessionOf(vendor)
  const shot = identityShot(vendor, credentials)
  return () => shot
}

async function sessionOf(vendor: ChildVendor): Promise<AwsCredentials> {
  const { body } = await vendor.exchange(vendor.token())
  const { access_key_id, secret_access_key, session_token } = body['credentials'] as Record<string, string> // our own answer
  if (!access_key_id || !secret_access_key || !session_token) throw new Error('no session to ask about')
  return { accessKeyId: access_key_id, secretAccessKey: secret_access_key, sessionToken: session_token }
}

function identityShot(vendor: ChildVendor, credentials: AwsCredentials): Shot {
  const good = goodDraft({ host: new URL(vendor.url).host, credentials, at: new Date() })
  const { headers, body } = wireOf({ name: '', expect: 'identified' }, good)
  return { path: '/', headers: Object.fromEntries(headers), body }
}

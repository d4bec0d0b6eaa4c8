import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../apps/vendor/src/runtime.ts'
import { denyOlder } from '../../apps/vendor/src/targets/deny-older.ts'
import { createStoreHttp, type StoreHttp } from '../../apps/vendor/src/targets/store-http.ts'

/** An IAM that keeps one policy, and can lie and fail as a test says. */
type World = {
  policy: string | null
  /** The store's clock against ours. */
  aheadMs: number
  keeps: boolean
  failing: string | null
  readonly asked: string[]
}
let world: World
let http: StoreHttp
let endpoint: string
let close: () => Promise<void>
let down: () => void

const ROLE = 'arn:aws:iam:::role/team/stint-store'
const NOW = Date.UTC(2026, 10, 25, 12, 0, 0, 250)

beforeEach(async () => {
  world = { policy: null, aheadMs: 0, keeps: true, failing: null, asked: [] }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += String(piece)
    const form = new URLSearchParams(text)
    const action = form.get('Action') ?? ''
    world.asked.push(`${action} ${form.get('RoleName')}`)
    response.setHeader('date', new Date(NOW + world.aheadMs).toUTCString())
    const error = (status: number, code: string) =>
      response.writeHead(status).end(`<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`)
    if (world.failing === action) return error(403, 'AccessDenied')
    if (action === 'PutRolePolicy') {
      if (world.keeps) world.policy = form.get('PolicyDocument')
      return response.end('<PutRolePolicyResponse/>')
    }
    if (world.policy === null) return error(404, 'NoSuchEntity')
    const document = encodeURIComponent(world.policy)
    return response.end(
      `<GetRolePolicyResult><PolicyDocument>${document}</PolicyDocument></GetRolePolicyResult>`,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server that listens has one
  http = createStoreHttp({ endpoint, allowPrivateAddresses: ['127.0.0.0/8'], clock: systemClock })
  down = () => {
    server.closeAllConnections()
    server.close()
  }
  close = async () => {
    down()
    await http.close()
  }
})
afterEach(() => close())

const run = () =>
  denyOlder(
    {
      http,
      endpoint,
      region: 'us-east-1',
      clock: { nowMs: () => NOW, monotonicMs: () => 0 },
      caller: async () => ({ accessKeyId: 'A', secretAccessKey: 's', sessionToken: null }),
    },
    ROLE,
  )
const cut = () => /TokenIssueTime":"([^"]+)"/.exec(world.policy ?? '')?.[1]
const denyAt = (instant: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['*'],
        Resource: ['*'],
        Condition: { DateLessThan: { 'aws:TokenIssueTime': instant } },
      },
    ],
  })

test('denies what was given up to this very second, on the role without its path, and says no more than it read back', async () => {
  expect(await run()).toEqual({ proof: 'unproved', detail: 'denied_older' })
  expect(cut()).toBe('2026-11-25T12:00:01Z')
  expect(world.asked).toEqual([
    'GetRolePolicy stint-store',
    'PutRolePolicy stint-store',
    'GetRolePolicy stint-store',
  ])
})

test('a store whose clock is ahead issued its sessions later: its clock counts', async () => {
  world.aheadMs = 120_000
  await run()
  expect(cut()).toBe('2026-11-25T12:02:01Z')
})

test('a store whose clock is behind does not make the Deny an earlier one', async () => {
  world.aheadMs = -120_000
  await run()
  expect(cut()).toBe('2026-11-25T12:00:01Z')
})

test('a Deny that stands is never moved back', async () => {
  world.policy = denyAt('2026-11-25T18:00:00Z')
  expect(await run()).toEqual({ proof: 'unproved', detail: 'denied_older' })
  expect(cut()).toBe('2026-11-25T18:00:00Z')
})

test.each([
  {
    name: 'cannot be read',
    set: () => (world.failing = 'GetRolePolicy'),
    detail: 'deny_not_read_AccessDenied',
  },
  {
    name: 'cannot be written',
    set: () => (world.failing = 'PutRolePolicy'),
    detail: 'deny_not_written_AccessDenied',
  },
  {
    name: 'is taken and not kept',
    set: () => (world.keeps = false),
    detail: 'deny_not_read_back_NoSuchEntity',
  },
  {
    name: 'is taken, and another one stands there',
    set: () => {
      world.policy = denyAt('2020-01-01T00:00:00Z')
      world.keeps = false
    },
    detail: 'deny_not_there',
  },
])('a policy that $name is a failure with its reason', async ({ set, detail }) => {
  set()
  expect(await run()).toEqual({ proof: 'failed', detail })
})

test('a store that is gone is a failure', async () => {
  down()
  expect(await run()).toEqual({ proof: 'failed', detail: 'deny_not_read_unanswered' })
})

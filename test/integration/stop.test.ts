import { Agent, request } from 'node:http'
import { SUBJECT_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT, TOKEN_PATH } from '@stint/sts-client/wire'
import { expect, test } from 'vitest'
import { verifyAuditLog } from '../../apps/vendor/src/audit/verify.ts'
import { readEvents } from '../support/audit-file.ts'
import { startFakeSts } from '../support/fake-sts.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

type Answered = {
  readonly status: number
  readonly connection: string | undefined
  readonly assumption: string | null
}
/** Refused before anything was sent, or cut after: the second would be a lost answer. */
type Failed = { readonly refused: boolean; readonly code: string }

/** One exchange over a connection that is kept, as a client library keeps it. */
function exchangeOver(agent: Agent, vendor: ChildVendor): Promise<Answered | Failed> {
  const body = new URLSearchParams({
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: vendor.token(),
    subject_token_type: SUBJECT_TOKEN_TYPES[1],
    resource: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
  }).toString()
  return new Promise((resolve) => {
    const asking = request(`${vendor.url}${TOKEN_PATH}`, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': Buffer.byteLength(body),
      },
    })
    asking.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ refused: error.code === 'ECONNREFUSED', code: error.code ?? error.message }),
    )
    asking.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      response.on('aborted', () => resolve({ refused: false, code: 'aborted' }))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          connection: response.headers.connection,
          assumption: response.statusCode === 200 ? String(JSON.parse(text)['assumption_id']) : null,
        }),
      )
    })
    asking.end(body)
  })
}

test('SIGTERM under load on a real MinIO: every request that was taken is answered, with its record on disk', async () => {
  await using vendor = await startVendor({ child: true, env: { STINT_LINGER_SECONDS: '1' } })
  await using _minio = await startTrustingMinio(vendor)
  // Until it stops it never closes an idle connection before a gateway does: nginx and ALB keep theirs for 60 s.
  const kept = (await fetch(`${vendor.url}/healthz`)).headers.get('keep-alive')
  expect(Number(/^timeout=(\d+)$/.exec(kept ?? '')?.[1])).toBeGreaterThan(60)
  const answered: Answered[] = []
  const failed: Failed[] = []
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const callers = Array.from({ length: 16 }, async () => {
    for (;;) {
      const answer = await exchangeOver(agent, vendor)
      if ('status' in answer) answered.push(answer)
      else {
        failed.push(answer)
        return
      }
    }
  })
  await expect.poll(() => answered.length, { timeout: 20_000 }).toBeGreaterThan(100)
  const signalledMs = Date.now()
  const ended = vendor.process().kill('SIGTERM')
  await Promise.all(callers)
  expect(await ended).toEqual({ code: 0, signal: null })
  expect(Date.now() - signalledMs).toBeLessThan(10_000)
  agent.destroy()

  // No connection was cut under a request: callers end because nobody listens any more.
  expect(failed.map(({ code }) => code)).toEqual(failed.map(() => 'ECONNREFUSED'))
  expect(answered.every(({ status }) => status === 200)).toBe(true)
  // Each kept connection was told once, on its last answer.
  expect(answered.filter(({ connection }) => connection === 'close').length).toBe(16)
  const events = readEvents(`${vendor.dataFolder}/audit.db`)
  const issued = new Set(
    events.flatMap((event) => (event.type === 'assume.issued' ? [event.assumption as string] : [])),
  )
  expect(answered.filter(({ assumption }) => !issued.has(assumption ?? ''))).toEqual([])
  // Nor is there a record of an answer that nobody got.
  expect(issued.size).toBe(answered.length)
  expect(events.at(-1)?.type).toBe('process.stop')
  expect(verifyAuditLog(`${vendor.dataFolder}/audit.db`).seq).toBe(events.length)
}, 60_000)

test('a store that hangs is waited for, and the answer comes before the process ends', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor({ child: true })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const gate = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: gate.promise })
  const exchanged = vendor.exchange(vendor.token())
  await store.asked(1)
  const ended = vendor.process().kill('SIGTERM')
  await expect.poll(() => vendor.logged()).toContain('process.stopping')
  gate.resolve()
  const { status, headers, body } = await exchanged
  expect([status, headers.get('connection')]).toEqual([200, 'close'])
  expect(await ended).toEqual({ code: 0, signal: null })
  const issued = readEvents(`${vendor.dataFolder}/audit.db`).filter(({ type }) => type === 'assume.issued')
  expect(issued.map((event) => 'assumption' in event && event.assumption)).toEqual([body['assumption_id']])
}, 30_000)

test('the second signal cuts what is under way, records how it ended, and says by its exit code that an answer was lost', async () => {
  await using store = await startFakeSts()
  await using vendor = await startVendor({ child: true, env: { STINT_LINGER_SECONDS: '30' } })
  expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
  const gate = Promise.withResolvers<void>()
  store.setFault({ kind: 'wait', until: gate.promise })
  const exchanged = vendor.exchange(vendor.token()).then(
    () => 'answered',
    () => 'cut',
  )
  await store.asked(1)
  const begunMs = Date.now()
  const { pid } = vendor.process()
  const ended = vendor.process().exited
  process.kill(pid, 'SIGTERM')
  await expect.poll(() => vendor.logged()).toContain('process.stopping')
  process.kill(pid, 'SIGTERM')
  expect(await exchanged).toBe('cut')
  expect(await ended).toEqual({ code: 1, signal: null })
  expect(Date.now() - begunMs).toBeLessThan(15_000)
  const events = readEvents(`${vendor.dataFolder}/audit.db`)
  const outcomes = events.filter(({ type }) => type === 'assume.issued' || type === 'assume.upstream_failed')
  expect(outcomes.length).toBe(1)
  expect(events.at(-1)?.type).toBe('process.stop')
  gate.resolve()
}, 40_000)

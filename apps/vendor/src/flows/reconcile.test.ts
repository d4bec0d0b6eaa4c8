import { expect, test } from 'vitest'
import type { TargetBody } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { Listing } from '../ports/access.ts'
import { Secret } from '../secret.ts'
import { createReconcile } from './reconcile.ts'

const MINUTE = 60_000
const BODY: TargetBody = {
  kind: 'minio',
  mode: 'issued-identity',
  endpoint: 'http://127.0.0.1:9000',
  region: '',
  allowPrivateAddresses: [],
  subjectBudget: null,
  probe: { bucket: null, prefix: 'stint-probe', everySeconds: null },
  reconcile: { user: { accessKeyId: 'reader', secret: 'store-reader' }, everySeconds: 600 },
}

const { reconcile: _none, ...SILENT } = BODY

/** A world whose clock moves by itself to the next timer. */
function world(answers: readonly (Listing | Error)[]) {
  const asked: number[] = []
  const judged: string[][] = []
  let nowMs = 0
  let timer: { readonly atMs: number; readonly work: () => void } | null = null
  const reconcile = createReconcile({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    timers: {
      after(ms, work) {
        const mine = { atMs: nowMs + ms, work }
        timer = mine
        return () => {
          if (timer === mine) timer = null
        }
      },
    },
    targets: () => [
      { name: 'store', body: BODY },
      { name: 'silent', body: SILENT },
    ],
    access: {
      async list() {
        const answer = answers[asked.length] ?? { ok: true, sessions: [] }
        asked.push(nowMs)
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    watch: {
      async listed(_target, sessions) {
        judged.push(sessions.map(({ accessKeyId }) => accessKeyId))
      },
    },
    secret: () => new Secret('s'),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  })
  async function runUntil(limitMs: number): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
      const next = timer
      if (next === null || next.atMs > limitMs) return
      timer = null
      nowMs = next.atMs
      next.work()
    }
  }
  return { reconcile, asked, judged, runUntil }
}

const session = (accessKeyId: string) => ({
  accessKeyId,
  sub: null,
  parent: null,
  expiresMs: null,
  lasting: false,
})

test('a store is asked soon after the start, and then as often as its target says', async () => {
  const of = world([{ ok: true, sessions: [session('A')] }])
  of.reconcile.wake()
  await of.runUntil(31 * MINUTE)
  expect(of.asked.map((ms) => Math.round(ms / MINUTE))).toEqual([0, 10, 20, 30])
  expect(of.judged[0]).toEqual(['A'])
  expect(of.reconcile.standing()).toMatchObject([{ target: 'store', failed: null }])
})

test('one that does not answer is asked again within a minute, and stands as failed until it answers', async () => {
  const of = world([
    { ok: false, code: 'ECONNREFUSED' },
    new VendorError('overloaded'),
    { ok: true, sessions: [] },
  ])
  of.reconcile.wake()
  await of.runUntil(20_000)
  expect(of.reconcile.standing()).toMatchObject([{ okMs: null, failed: 'ECONNREFUSED' }])
  await of.runUntil(70_000)
  expect(of.reconcile.standing()).toMatchObject([{ okMs: null, failed: 'overloaded' }])
  await of.runUntil(130_000)
  expect(of.reconcile.standing()).toMatchObject([{ failed: null }])
})

test('nobody is asked who has no list to give, and nobody after the stop', async () => {
  const of = world([])
  expect(await of.reconcile.run('silent')).toBeNull()
  expect(await of.reconcile.run('nobody')).toBeNull()
  of.reconcile.wake()
  await of.reconcile.stop()
  await of.runUntil(60 * MINUTE)
  expect(of.asked).toEqual([])
})

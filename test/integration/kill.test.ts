import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { StoredEvent } from '../../apps/vendor/src/ports.ts'
import { verifyLog } from '../../apps/vendor/src/verify/verify-log.ts'
import { parentUserOf, storedSessions } from '../support/minio-sessions.ts'
import { s3Caller } from '../support/s3.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { startVendor } from '../support/vendor.ts'

/** `pnpm test:long` kills ten times as often, with 64 at once. */
const KILLS = Number(process.env['STINT_KILLS'] ?? 20)
const CALLERS = Number(process.env['STINT_KILL_CALLERS'] ?? 16)

type Delivered = {
  readonly assumption: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

test(
  `${KILLS} kills under load: no credential without its record, no session at the store without an intent`,
  async () => {
    await using vendor = await startVendor({ child: true })
    await using minio = await startTrustingMinio(vendor)
    const delivered: Delivered[] = []
    const random = seeded(20_261_124)

    for (let kill = 0; kill < KILLS; kill++) {
      let running = true
      const callers = Array.from({ length: CALLERS }, async () => {
        while (running) {
          const answer = await vendor.exchange(vendor.token()).catch(() => null)
          const credentials = answer?.body['credentials']
          if (answer?.status !== 200 || typeof credentials !== 'object' || credentials === null) continue
          delivered.push(deliveredOf(answer.body))
        }
      })
      const before = delivered.length
      await expect.poll(() => delivered.length, { timeout: 20_000 }).toBeGreaterThan(before + 10)
      // The instant is chosen by the seed, so that kills fall on every stop of an exchange.
      await delay(random() * 25)
      await vendor.kill()
      running = false
      await Promise.all(callers)
      await vendor.restart()
    }

    const events = await allEvents(vendor)
    const issued = new Map(
      eventsOf(events, 'assume.issued').map((event) => [event.accessKeyId, event.assumption] as const),
    )
    const intents = new Set(eventsOf(events, 'assume.intent').map(({ assumption }) => assumption))
    const unresolved = eventsOf(events, 'assume.unresolved')
    expect(delivered.length).toBeGreaterThan(KILLS * 10)
    expect(delivered.filter(({ accessKeyId, assumption }) => issued.get(accessKeyId) !== assumption)).toEqual(
      [],
    )
    // Every intent is issued, failed, or known to be open.
    const ended = new Set([
      ...issued.values(),
      ...eventsOf(events, 'assume.upstream_failed').map(({ assumption }) => assumption),
      ...unresolved.map(({ assumption }) => assumption),
    ])
    expect([...intents].filter((assumption) => !ended.has(assumption))).toEqual([])
    expect(unresolved.length).toBeGreaterThan(0)
    expect(unresolved.length).toBeLessThanOrEqual(KILLS * CALLERS)
    // Each of them was ended at the store at once.
    const revoked = new Set(eventsOf(events, 'assume.revoked').map(({ assumption }) => assumption))
    await expect
      .poll(
        async () => {
          const now = new Set(
            eventsOf(await allEvents(vendor), 'assume.revoked').map(({ assumption }) => assumption),
          )
          return unresolved.filter(({ assumption }) => !now.has(assumption)).length
        },
        { timeout: 20_000 },
      )
      .toBe(0)
    expect(revoked.size).toBeGreaterThan(0)
    // MinIO's own files: every session there has an intent as its parent, and none of an unresolved one is left.
    const iss = `${vendor.url}/oidc/store`
    const parents = new Map(
      [...intents].map((assumption) => [parentUserOf(assumption, iss), assumption] as const),
    )
    const stored = storedSessions(minio.dataDir)
    expect(stored.length).toBeGreaterThanOrEqual(delivered.length)
    expect(stored.filter(({ parent }) => !parents.has(parent))).toEqual([])
    // A request that is cut inside MinIO can leave a session on the drive that is not in the map which a revoke walks.
    // Nobody has its secret, and without its key id nobody can touch it: the log must not call such an end proved.
    const proofs = Map.groupBy(
      eventsOf(await allEvents(vendor), 'assume.revoked'),
      ({ assumption }) => assumption,
    )
    const handedOut = new Set(delivered.map(({ accessKeyId }) => accessKeyId))
    const left = stored.filter(({ accessKeyId }) => !handedOut.has(accessKeyId) && !issued.has(accessKeyId))
    expect(left.length).toBeLessThanOrEqual(unresolved.length)
    for (const { parent } of left) {
      const records = proofs.get(parents.get(parent) ?? 'asm_') ?? []
      expect(records.map(({ proof }) => proof)).not.toContain('proved')
      expect(records.length).toBeGreaterThan(0)
    }
    // What was handed out before the last kill still lives.
    const last = delivered.at(-1)
    expect(last).toBeDefined()
    if (last !== undefined) {
      const answer = await s3Caller(minio.endpoint, last)('GET', '/artifacts/acme/app/none')
      expect([answer.status, answer.code]).toEqual([404, 'NoSuchKey'])
    }
    await vendor.process().stop()
    const verdict = verifyLog({ path: vendor.dataFolder, keys: [], anchors: [] })
    expect(verdict).toMatchObject({ ok: true })
    expect(verdict.ok ? verdict.to : 0).toBeGreaterThanOrEqual(Math.max(...events.map(({ seq }) => seq)))
  },
  60_000 + KILLS * 6_000,
)

function deliveredOf(body: Record<string, unknown>): Delivered {
  // The vendor's own answer, whose shape the door's tests hold.
  const { access_key_id, secret_access_key, session_token } = body['credentials'] as Record<string, string>
  return {
    assumption: String(body['assumption_id']),
    accessKeyId: String(access_key_id),
    secretAccessKey: String(secret_access_key),
    sessionToken: String(session_token),
  }
}

async function allEvents(vendor: {
  get(path: string): Promise<{ body: Record<string, unknown> }>
}): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  let query = 'limit=500'
  for (;;) {
    const { body } = await vendor.get(`/v1/admin/audit/events?${query}`)
    events.push(...(body['events'] as StoredEvent[])) // the admin door's own answer
    if (body['next'] === null) break
    query = `limit=500&before=${String(body['next'])}`
  }
  return events
}

type Event = StoredEvent['event']
function eventsOf<T extends Event['type']>(
  events: readonly StoredEvent[],
  type: T,
): Extract<Event, { type: T }>[] {
  return events
    .map(({ event }) => event)
    .filter((event): event is Extract<Event, { type: T }> => event.type === type)
}

/** Mulberry32: the same kills in every run. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

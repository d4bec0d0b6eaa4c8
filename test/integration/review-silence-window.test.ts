import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAuditLog } from '../../apps/vendor/src/audit/log.ts'
import type { StoredResource } from '../../apps/vendor/src/domain/resource.ts'
import type { ItemState, Verdict } from '../../apps/vendor/src/domain/review/item.ts'
import type { ReviewBy, ReviewDeps } from '../../apps/vendor/src/flows/reviews/deps.ts'
import { createReviews, type Reviews } from '../../apps/vendor/src/flows/reviews/reviews.ts'
import { createSilence, type Silence } from '../../apps/vendor/src/flows/reviews/silence.ts'
import { createTaking } from '../../apps/vendor/src/flows/reviews/taking.ts'
import { createTurns } from '../../apps/vendor/src/flows/reviews/turns.ts'
import type { ReviewId } from '../../apps/vendor/src/ids.ts'
import type { AuditLog, Timers } from '../../apps/vendor/src/ports.ts'
import { createRandom, sha256Hex, systemClock } from '../../apps/vendor/src/runtime.ts'
import { openForReading } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { createResourceStore } from '../../apps/vendor/src/storage/sqlite/store.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { reviewClient, reviewedWithMore } from '../support/reviews.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'

// Silence suspends in steps: the log says that it does, the mapping goes off, the log says that it is done. In between, and
// while what was suspended is ended for good, somebody comes. The real service is through in milliseconds, so the flow of
// reviews runs here over the real log, and its configuration lets somebody in at each step.

const DAY_MS = 86_400_000
const WHY = 'looked at with its owner, ticket OPS-1234'
/** So many that a fifth of them may go. */
const MORE = Array.from({ length: 40 }, (_, at) => `more-${at + 1}`)
const silent = { info() {}, warn() {}, error() {} }

let store: FakeSts
let vendor: ChildVendor
const ids = new Map<string, ReviewId>()
let standing: readonly StoredResource[] = []

/** A review of one mapping each, and what silence means in it. */
const CASES: Readonly<Record<string, 'suspend' | 'revoke'>> = {
  ...{ attest: 'suspend', narrow: 'suspend', revoke: 'suspend', defer: 'suspend' },
  ...{
    delegate: 'suspend',
    bulk: 'suspend',
    'at once': 'revoke',
    late: 'suspend',
    'brought back': 'suspend',
  },
  ...{ 'nothing changed': 'suspend', 'went on': 'suspend', 'is off': 'suspend' },
}

beforeAll(async () => {
  store = await startFakeSts()
  vendor = await startVendor()
  const configuration = reviewedWithMore(vendor, store.endpoint, MORE)
  expect((await vendor.apply(configuration)).body).toMatchObject({ applied: true })
  const client = reviewClient(vendor)
  for (const [at, [name, noResponse]] of Object.entries(CASES).entries()) {
    const scope = { kinds: ['mapping'], mappings: [`more-${at + 1}`] }
    ids.set(name, (await client.running({ scope, noResponse })) as ReviewId) // as the service made it
  }
  await vendor.halt()
  const config = openForReading(join(vendor.dataFolder, 'config.db'))
  standing = (await createResourceStore(config, sha256Hex).current()).resources
  config.close()
}, 60_000)
afterAll(async () => {
  await vendor.stop()
  await store.stop()
})

/** Asked of the flow with the version of the mapping that stands then; answers the code that it was refused with. */
type Ask = (reviews: Reviews, version: number) => Promise<unknown>
type Windows = {
  /** Before the mapping is off, and once it is. */
  readonly before?: Ask
  readonly after?: Ask
  /** While it is shown that it is over for good. */
  readonly proving?: Ask
  /** The process is killed before the mapping is off, or before the log says that it is. */
  readonly killed?: 'before' | 'after'
}
type World = {
  readonly reviews: Reviews
  readonly silence: Silence
  readonly audit: AuditLog
  /** By what each who came in was refused; null: it was taken. */
  readonly refused: readonly (string | null)[]
  aheadMs: number
  windows: Windows
}

const none = () => Promise.reject(new Error('nobody asks for this here'))

function changesOf(world: World, resources: Map<string, StoredResource>, come: Come): ReviewDeps['changes'] {
  const several = async (
    ask: Parameters<ReviewDeps['changes']['apply']>[0],
    state: 'enabled' | 'disabled',
  ) => {
    if (ask.of !== 'several') return none()
    for (const { name, ifVersion = 0 } of ask.which) {
      if (state === 'disabled') await come(world.windows.before, ifVersion)
      if (world.windows.killed === 'before') throw new Error('killed')
      const one = resources.get(name)
      if (one === undefined) return none()
      resources.set(name, { ...one, state, version: ifVersion + 1 })
      if (state === 'disabled') await come(world.windows.after, ifVersion + 1)
      if (world.windows.killed === 'after') throw new Error('killed')
    }
    return { outcome: 'applied', answer: new Uint8Array(), first: null, change: null } as const
  }
  return {
    apply: (ask) => several(ask, 'disabled'),
    restore: (ask) => several(ask, 'enabled'),
    plan: async () => new TextEncoder().encode('{"widens":[]}'),
  }
}
type Come = (ask: Ask | undefined, version: number) => Promise<void>

/** Mappings alone: reviews of nothing else are here. */
function storeOf(resources: ReadonlyMap<string, StoredResource>, prove: () => Promise<void>) {
  const stored = (name: string) => {
    const found = resources.get(name)
    return found === undefined ? null : { ...found, author: 'urn:test ada', atMs: 0, generation: 1 }
  }
  return {
    current: async () => ({ generation: 1, resources: [...resources.values()] }),
    get: async (_: string, name: string) => stored(name),
    async version() {
      await prove()
      return null
    },
  }
}

/** The flow of reviews, as the service has it, over the service's own log; the last one ends before the next begins. */
async function inWorld(work: (world: World) => Promise<void>): Promise<void> {
  const mappings = standing.flatMap((one) => (one.kind === 'mapping' ? [[one.name, one] as const] : []))
  const resources = new Map<string, StoredResource>(mappings)
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + world.aheadMs }
  const refused: (string | null)[] = []
  const come: Come = async (ask, version) => {
    if (ask === undefined) return
    const code = await ask(world.reviews, version).then(
      () => null,
      (thrown: { code?: string }) => thrown.code ?? String(thrown),
    )
    refused.push(code)
  }
  const audit = await openAuditLog({
    path: join(vendor.dataFolder, 'audit.db'),
    migrations: join(import.meta.dirname, '../../migrations/sqlite/audit'),
    key: { keyFile: join(vendor.dataFolder, 'keys/log.pem'), makeKey: false, origin: 'never used' },
    ...{ clock: systemClock, random: createRandom(), bootId: 'window', log: silent },
  })
  const nothing = none as never // what silence and a person's word never ask for
  const world: World = { reviews: nothing, silence: nothing, audit, refused, aheadMs: 0, windows: {} }
  const deps: ReviewDeps = {
    ...{ clock, audit, sha256: sha256Hex, log: silent },
    changes: changesOf(world, resources, come),
    store: storeOf(resources, () => come(world.windows.proving, 0)) as ReviewDeps['store'], // of mappings
    configuration: () =>
      ({
        ...{ generation: 2, issuers: new Map() },
        standing: { mappings: mappings.map(([name]) => ({ name, mode: 'enforce' })) },
      }) as never, // what of it silence and its proof look at
    persons: {
      same: (one, other) => one.sub === other.sub,
      isPerson: () => false,
      auditsOwnWork: () => false,
      isReviewer: () => true,
    },
    provenance: { all: nothing, of: async () => [] },
    revocations: {
      revoke: async () =>
        ({
          revocation: 'rvk_00000000-0000-7000-8000-000000000000',
          sessions: 0,
          proved: 0,
          unproved: [],
        }) as never, // what is read of it
    },
    newRequestId: () => 'req_00000000-0000-7000-8000-000000000000',
    breathe: async () => undefined,
    ...{ checkpoint: nothing, findings: nothing, logFindings: nothing, usage: nothing },
    ...{ digest: nothing, undisturbed: nothing, packDesk: nothing, packShelf: nothing, newReviewId: nothing },
  }
  const timers = { after: () => () => undefined } as Timers // time stands
  Object.assign(world, {
    reviews: createReviews({ ...deps, timers }),
    silence: createSilence(deps, { turns: createTurns(), taking: createTaking() }),
  })
  try {
    await work(world)
  } finally {
    await audit.close()
  }
}

const by: ReviewBy = {
  actor: { issuer: 'urn:test', sub: 'rita', person: 'rita@example.com' },
  request: 'req_00000000-0000-7000-8000-000000000001',
  signedIn: { acr: null, authTime: null },
  ...{ key: null, ifRevision: null },
}
const idOf = (name: string): ReviewId => ids.get(name) ?? 'rev_none'
const until = () => new Date(Date.now() + 50 * DAY_MS).toISOString()
const said = { rationale: WHY, evidence: null }

function decision(name: string, verdict: Verdict): Ask {
  return (reviews, seenVersion) => {
    const asked = { ...said, verdict, seenVersion, until: verdict === 'defer' ? until() : null }
    return reviews.decide(idOf(name), { n: 1, asked }, by)
  }
}
const ASKS: Readonly<Record<string, Ask>> = {
  ...Object.fromEntries(
    (['attest', 'narrow', 'revoke', 'defer'] as const).map((verdict) => [
      verdict,
      decision(verdict, verdict),
    ]),
  ),
  delegate: (reviews) =>
    reviews.delegate(idOf('delegate'), { n: 1, to: 'rolf@example.com', rationale: WHY }, by),
  bulk: (reviews, seenVersion) =>
    reviews.decideMany(idOf('bulk'), { ...said, verdict: 'attest', items: [{ n: 1, seenVersion }] }, by),
}
const restore =
  (name: string): Ask =>
  (reviews) =>
    reviews.restore(idOf(name), { n: 1, rationale: WHY }, by)

const stateOf = async ({ audit }: World, name: string): Promise<ItemState | undefined> =>
  (await audit.reviews.item(idOf(name), 1))?.standing.state
/** Every review can be read as a whole: an event that cannot follow would be the end of all of them. */
async function areRead({ audit }: World): Promise<void> {
  for (const id of ids.values()) expect(await audit.reviews.counts(id)).toBeDefined()
  for (const id of ids.values()) await audit.reviews.open(id)
}
const DUE = 31 * DAY_MS
const GRACE_IS_OVER = 46 * DAY_MS
const TOO_LATE = 'review_item_suspending'

describe('who comes while silence suspends comes too late', () => {
  test.each(Object.entries(ASKS))('%s: before the mapping is off, and once it is', (name, ask) =>
    inWorld(async (world) => {
      Object.assign(world, { aheadMs: DUE, windows: { before: ask, after: ask } })
      await world.reviews.tick(idOf(name))
      expect(world.refused).toEqual([TOO_LATE, TOO_LATE])
      expect(await stateOf(world, name)).toBe('auto_suspended')
      await areRead(world)
    }),
  )

  test('where it is for good at once, up to the proof, and nobody brings it back in between', () =>
    inWorld(async (world) => {
      const name = 'at once'
      const attest = decision(name, 'attest')
      const windows = { before: attest, after: attest, proving: restore(name) }
      Object.assign(world, { aheadMs: DUE, windows })
      await world.reviews.tick(idOf(name))
      expect(world.refused).toEqual([TOO_LATE, TOO_LATE, TOO_LATE])
      expect(await stateOf(world, name)).toBe('auto_revoked')
    }))

  test('where the two weeks are over, whether or not the clock has looked', () =>
    inWorld(async (world) => {
      const name = 'late'
      world.aheadMs = DUE
      await world.reviews.tick(idOf(name))
      Object.assign(world, { aheadMs: GRACE_IS_OVER, windows: { proving: restore(name) } })
      await expect(restore(name)(world.reviews, 0)).rejects.toMatchObject({ code: 'review_not_suspended' })
      await world.reviews.tick(idOf(name))
      expect(world.refused).toEqual([TOO_LATE])
      expect(await stateOf(world, name)).toBe('auto_revoked')
    }))

  test('where what was brought back was not decided on and goes for good', () =>
    inWorld(async (world) => {
      const name = 'brought back'
      world.aheadMs = DUE
      await world.reviews.tick(idOf(name))
      await restore(name)(world.reviews, 0)
      expect(await stateOf(world, name)).toBe('restored')
      const attest = decision(name, 'attest')
      const windows = { before: attest, after: attest, proving: attest }
      Object.assign(world, { aheadMs: GRACE_IS_OVER, windows })
      await world.reviews.tick(idOf(name))
      expect(world.refused).toEqual([TOO_LATE, TOO_LATE, TOO_LATE])
      expect(await stateOf(world, name)).toBe('auto_revoked')
      await areRead(world)
    }))
})

describe('where the process was killed in between, the item stands as its events say', () => {
  test('on still: a person decides, and silence takes nothing any more', () =>
    inWorld(async (world) => {
      const name = 'nothing changed'
      Object.assign(world, { aheadMs: DUE, windows: { killed: 'before' } })
      await expect(world.reviews.tick(idOf(name))).rejects.toThrow('killed')
      world.windows = {}
      await decision(name, 'attest')(world.reviews, 1)
      await world.reviews.tick(idOf(name))
      expect(await stateOf(world, name)).toBe('attested')
      await areRead(world)
    }))

  test('off already: it is suspended when the clock looks again', () =>
    inWorld(async (world) => {
      const name = 'went on'
      Object.assign(world, { aheadMs: DUE, windows: { killed: 'after' } })
      await expect(world.reviews.tick(idOf(name))).rejects.toThrow('killed')
      world.windows = {}
      await world.reviews.tick(idOf(name))
      expect(await stateOf(world, name)).toBe('auto_suspended')
    }))

  test('off already: until then nobody says that it stays, and who says that it ends is heard', () =>
    inWorld(async (world) => {
      const name = 'is off'
      Object.assign(world, { aheadMs: DUE, windows: { killed: 'after' } })
      await expect(world.reviews.tick(idOf(name))).rejects.toThrow('killed')
      world.windows = {}
      const attest = decision(name, 'attest')
      for (const version of [1, 2])
        await expect(attest(world.reviews, version)).rejects.toMatchObject({ code: 'review_item_changed' })
      await decision(name, 'revoke')(world.reviews, 2)
      await world.reviews.tick(idOf(name))
      expect(await stateOf(world, name)).toBe('verified')
      await areRead(world)
    }))
})

test('what was asked of an author, and was seen to be done since the clock looked, is not said to be late', () =>
  inWorld(async (world) => {
    const name = 'is off'
    const [item] = await world.audit.reviews.open(idOf(name))
    expect(item).toBeUndefined()
    const seen = await world.audit.reviews.item(idOf(name), 1)
    if (seen === null) throw new Error('no item')
    const { n, kind, name: mapping, version } = seen.item
    const before = {
      n,
      kind,
      name: mapping,
      version,
      standing: { ...seen.standing, state: 'narrow_requested' } as const,
    }
    await world.silence.notDone(idOf(name), [before])
    expect(await stateOf(world, name)).toBe('verified')
    await areRead(world)
  }))

test('the service reads all of it afterwards', async () => {
  await vendor.restart()
  const client = reviewClient(vendor)
  const states = await Promise.all(
    [...ids].map(async ([name, id]) => {
      const { body } = await client.get(`/${id}/items/1`)
      return [name, (body['standing'] as { state: string }).state]
    }),
  )
  expect(Object.fromEntries(states)).toEqual({
    ...Object.fromEntries(Object.keys(ASKS).map((name) => [name, 'auto_suspended'])),
    ...{ 'at once': 'auto_revoked', late: 'auto_revoked', 'brought back': 'auto_revoked' },
    ...{ 'nothing changed': 'attested', 'went on': 'auto_suspended', 'is off': 'verified' },
  })
})

import { dirname, join } from 'node:path'
import type { ReplayReport } from '../../apps/vendor/src/ports/replay.ts'
import { sha256Hex, systemTimers } from '../../apps/vendor/src/runtime.ts'
import { readConfiguration } from '../../apps/vendor/src/schema/resources.ts'
import { openDatabase } from '../../apps/vendor/src/storage/sqlite/open.ts'
import { createResourceStore } from '../../apps/vendor/src/storage/sqlite/store.ts'
import { openReplayDesk } from '../../apps/vendor/src/wiring/replay.ts'
import { QUARTER } from './usage-rollups.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations/sqlite/config')
const MAPPINGS = 500
const DAY_MS = 86_400_000

/** Replays a log of `benchIntent`s under a draft that changes one mapping of 500, or all, in the worker that serves it. */
export async function replayOver(
  auditPath: string,
  change: 'one mapping' | 'every mapping',
): Promise<{ readonly seconds: number; readonly report: ReplayReport }> {
  const configPath = join(dirname(auditPath), `config-${change.split(' ')[0]}-${Date.now()}.db`)
  const file = openDatabase(configPath, MIGRATIONS)
  const store = createResourceStore(file, sha256Hex)
  const { declared, problems } = readConfiguration(configured(() => 'refs/heads/main'))
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  await store.apply({
    expectedGeneration: 0,
    changes: declared.map(({ kind, name, body }) => ({ kind, name, state: 'enabled', body })),
    ...{ author: 'bench', atMs: QUARTER.fromMs },
  })
  const desk = openReplayDesk({
    ...{ configPath, auditPath, timers: systemTimers, immune: () => [] },
    ...{ account: '123456789012', adminAudience: 'admin' },
  })
  const refOf = (at: number) =>
    change === 'every mapping' || at === 7 ? 'refs/heads/dev' : 'refs/heads/main'
  const body = new TextEncoder().encode(JSON.stringify({ configuration: configured(refOf) }))
  try {
    const started = performance.now()
    const report = await desk.replay(
      {
        draft: { of: 'configuration', body },
        ...{ fromMs: QUARTER.fromMs - DAY_MS, nowMs: QUARTER.toMs + DAY_MS, limit: 100 },
      },
      { progress: () => undefined, signal: null },
    )
    return { seconds: (performance.now() - started) / 1000, report }
  } finally {
    await desk.close()
    await store.close()
  }
}

function configured(refOf: (at: number) => string) {
  const statement = {
    ...{ Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'] },
    Resource: ['arn:aws:s3:::artifacts/{{prefix}}/*'],
  }
  const mappings = Array.from({ length: MAPPINGS }, (_, at) => [
    `app-${at}-main`,
    {
      ...{ issuer: 'github', role: 'app-artifacts', owner: 'team@example.com', purpose: 'a bench' },
      ...{ mode: 'enforce', expires: '2027-06-30' },
      when: [
        { claim: ['repository_id'], equals: String(42_000_000 + at) },
        { claim: ['ref'], equals: refOf(at) },
      ],
    },
  ])
  return {
    issuers: { github: { preset: 'github-actions', audiences: ['https://stint.example.com'] } },
    targets: { store: { kind: 'minio', endpoint: 'https://store.example.com' } },
    policies: {
      'artifacts-write@1': {
        placeholders: { prefix: { type: 'path', maxBytes: 200 } },
        document: { Version: '2012-10-17', Statement: [statement] },
      },
    },
    roles: {
      'app-artifacts': {
        ...{ target: 'store', lifetime: { default: '1h', max: '1h' }, for: 'machine' },
        policies: [{ use: 'artifacts-write@1', with: { prefix: { claim: ['repository'] } } }],
      },
    },
    mappings: Object.fromEntries(mappings),
  }
}

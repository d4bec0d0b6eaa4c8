import { Hono } from 'hono'
import type { ReplayItem } from '../../domain/replay/tally.ts'
import { asVendorError } from '../../errors.ts'
import type { ReplayDesk, ReplayReport } from '../../ports/replay.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import { askOf } from './configuration.ts'
import type { AdminDoorDeps, Asked } from './door.ts'
import { adminRoute } from './door.ts'
import { LINES, type ProgressLines, progressLines, wantsLines } from './progress-lines.ts'

const DAY_MS = 86_400_000
const DEFAULT_DAYS = 30
const DEFAULT_LIMIT = 100

export type ReplayDoorDeps = AdminDoorDeps & { readonly replay: ReplayDesk; readonly nowMs: () => number }

/** `POST /v1/admin/config:replay`: recorded decisions under a draft, before it is saved; `stint replay` prints it. */
export function replayDoor(deps: ReplayDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  adminRoute(app, deps, 'replayConfiguration', async (c, asked) => {
    const query = readQuery(c.req.url, operationOf('replayConfiguration').parameters)
    const nowMs = deps.nowMs()
    const ask = {
      draft: await askOf(c),
      fromMs: nowMs - Number(query.get('days') ?? DEFAULT_DAYS) * DAY_MS,
      nowMs,
      limit: Number(query.get('limit') ?? DEFAULT_LIMIT),
    }
    const gone = new AbortController()
    const lines = progressLines(() => gone.abort())
    const report = deps.replay.replay(ask, { progress: lines.progress, signal: gone.signal })
    if (!wantsLines(c)) return c.json(shown(await report), 200, NO_STORE)
    // What is wrong with the draft is known before the first progress, and is answered as everywhere.
    await Promise.race([lines.begun, report])
    void answerLines(deps, { report, lines, asked })
    return c.body(lines.stream, 200, { ...NO_STORE, 'content-type': LINES })
  })
  return app
}

async function answerLines(
  deps: ReplayDoorDeps,
  { report, lines, asked }: { report: Promise<ReplayReport>; lines: ProgressLines; asked: Asked },
): Promise<void> {
  try {
    lines.end({ report: shown(await report) })
  } catch (thrown) {
    const { code } = asVendorError(thrown)
    deps.log.error('replay.failed', { request: asked.facts.request, code })
    lines.end({ error: { code, request_id: asked.facts.request } })
  }
}

function shown({ fromMs, toMs, lists, ...rest }: ReplayReport) {
  const { refuses, allows, differs, cannot_tell } = lists
  const listed = { refuses: list(refuses), allows: list(allows), differs: list(differs) }
  return { ...rest, from: iso(fromMs), to: iso(toMs), ...listed, cannot_tell: list(cannot_tell) }
}

function list({ items, more }: { readonly items: readonly ReplayItem[]; readonly more: number }) {
  return {
    items: items.map(({ firstMs, lastMs, ...item }) => ({ ...item, first: iso(firstMs), last: iso(lastMs) })),
    more,
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

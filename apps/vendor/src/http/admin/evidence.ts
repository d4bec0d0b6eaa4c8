import type { Hono } from 'hono'
import { asVendorError } from '../../errors.ts'
import type { PackStanding } from '../../flows/reviews/pack/pack.ts'
import { operationOf } from '../../schema/admin-api/operations.ts'
import { readQuery } from '../../schema/admin-api/query.ts'
import { parseNothing } from '../../schema/review.ts'
import type { Env } from '../context.ts'
import { NO_STORE } from '../on-error.ts'
import { type Asked, adminRoute } from './door.ts'
import { LINES, type ProgressLines, progressLines, wantsLines } from './progress-lines.ts'
import { bodyOf, type ReviewsDoorDeps, reviewId } from './review-answers.ts'

/** The evidence pack: made by one request, fetched by another that changes nothing. */
export function addEvidence(app: Hono<Env>, deps: ReviewsDoorDeps): void {
  const { flow } = deps

  adminRoute(app, deps, 'makeReviewEvidence', async (c, asked) => {
    parseNothing(await bodyOf(c))
    const lines = progressLines(() => undefined)
    const by = { actor: asked.actor, request: asked.facts.request }
    const made = flow.makePack(reviewId(c), by, lines.progress)
    if (!wantsLines(c)) return c.json(await made, 200, NO_STORE)
    await Promise.race([lines.begun, made])
    void answerLines(deps, { made, lines, asked })
    return c.body(lines.stream, 200, { ...NO_STORE, 'content-type': LINES })
  })

  adminRoute(app, deps, 'getReviewEvidenceState', async (c) => {
    readQuery(c.req.url, operationOf('getReviewEvidenceState').parameters)
    return c.json(await flow.packStanding(reviewId(c)), 200, NO_STORE)
  })

  adminRoute(app, deps, 'getReviewEvidence', async (c) => {
    readQuery(c.req.url, operationOf('getReviewEvidence').parameters)
    const id = reviewId(c)
    const pack = await flow.pack(id)
    const headers = {
      ...NO_STORE,
      'content-type': 'application/x-tar',
      'content-length': String(pack.bytes),
      'content-disposition': `attachment; filename="${id}.tar"`,
    }
    return c.body(ReadableStream.from(pack.chunks()), 200, headers)
  })
}

async function answerLines(
  deps: Pick<ReviewsDoorDeps, 'log'>,
  of: { readonly made: Promise<PackStanding>; readonly lines: ProgressLines; readonly asked: Asked },
): Promise<void> {
  const { request } = of.asked.facts
  try {
    of.lines.end({ evidence: await of.made })
  } catch (thrown) {
    const { code } = asVendorError(thrown)
    deps.log.error('review.pack_failed', { request, code })
    of.lines.end({ error: { code, request_id: request } })
  }
}

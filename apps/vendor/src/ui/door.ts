import { Hono } from 'hono'
import type { Env } from '../http/context.ts'
import type { UiData } from './data.ts'
import { changeActions, changePage } from './pages/change.ts'
import { changesPage } from './pages/changes.ts'
import { eventPage } from './pages/event.ts'
import { evidenceAction, evidenceFile, evidencePage } from './pages/evidence.ts'
import { findingsPage } from './pages/findings.ts'
import { logPage } from './pages/log.ts'
import { mappingPage } from './pages/mapping.ts'
import { mappingsPage } from './pages/mappings.ts'
import { nounPages } from './pages/nouns.ts'
import { overviewPage } from './pages/overview.ts'
import { reviewCsv, reviewPage, reviewReport } from './pages/review.ts'
import { reviewActions } from './pages/review-actions.ts'
import { reviewItemsPage } from './pages/review-items.ts'
import { reviewLogPage } from './pages/review-log.ts'
import { reviewQueuePage } from './pages/review-queue.ts'
import { reviewsPage } from './pages/reviews.ts'
import { trustPage } from './pages/trust.ts'
import { whyForm, whyPage } from './pages/why.ts'
import { createRoster } from './roster.ts'
import { uiAction, uiFile, uiPage } from './route.ts'
import { type SignInDeps, signInRoutes } from './sign-in.ts'

/** A file of the page, by its path below `/ui`: its name changes with its content, so that browsers may keep it for ever. */
export type Asset = { readonly path: string; readonly type: string; readonly bytes: Uint8Array<ArrayBuffer> }

export type UiDoorDeps = SignInDeps & { readonly data: UiData; readonly files: readonly Asset[] }

/** `/ui`: the page of administrators and reviewers. */
export function uiDoor(deps: UiDoorDeps): Hono<Env> {
  const app = new Hono<Env>()
  const { data, clock } = deps
  const roster = createRoster({ store: data.store, generation: () => data.configuration().generation, clock })
  const all = { ...data, roster }
  for (const file of deps.files) addFile(app, file)
  signInRoutes(app, deps)
  const pages = [
    overviewPage(all),
    mappingsPage(all),
    mappingPage(data),
    trustPage(all),
    ...nounPages(all),
    findingsPage(data),
    changesPage(data),
    changePage(data),
    reviewsPage(data),
    reviewPage(data),
    reviewItemsPage(data),
    reviewQueuePage(data),
    evidencePage(data),
    reviewLogPage(data),
    logPage(data),
    eventPage(data),
    whyForm(data),
    whyPage(data),
  ]
  for (const page of pages) uiPage(app, deps, page)
  for (const file of [reviewCsv(data), reviewReport(data), evidenceFile(data)]) uiFile(app, deps, file)
  for (const action of [...changeActions(data), ...reviewActions(data), evidenceAction(data)])
    uiAction(app, deps, action)
  return app
}

function addFile(app: Hono<Env>, { path, type, bytes }: Asset): void {
  app.get(`/ui${path}`, (c) =>
    c.body(bytes, 200, {
      'content-type': type,
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    }),
  )
}

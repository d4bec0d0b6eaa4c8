/** Where the program finds what it does not import: `build` puts another file in the place of this one. */
export const PLACES = {
  auditWriter: new URL('./audit/writer.ts', import.meta.url),
  accessWorker: new URL('./access/worker.ts', import.meta.url),
  configurationWorker: new URL('./configuration-worker.ts', import.meta.url),
  replayWorker: new URL('./replay-worker.ts', import.meta.url),
  packWorker: new URL('./pack-worker.ts', import.meta.url),
  detectWorker: new URL('./detect-worker.ts', import.meta.url),
  /** The folder of the databases' migrations. */
  migrations: new URL('../../../migrations/sqlite/', import.meta.url),
  /** The folder of the files that the page of administrators loads. */
  page: new URL('./ui/assets/', import.meta.url),
} as const

/** What was built, and of what: null where it runs from its sources. */
export const BUILD: { readonly version: string; readonly commit: string | null } = {
  version: '0.1.0',
  commit: null,
}

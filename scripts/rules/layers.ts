/** The import table of docs/ARCHITECTURE.md as data: what a file of each layer may import. */
export type Layer = {
  readonly name: string
  /** Files of the layer, as path prefixes or whole paths from the root. */
  readonly files: readonly string[]
  /** Layers of ours whose values it may import. */
  readonly values: readonly string[]
  /** Layers of ours of which it may import types only. */
  readonly types: readonly string[]
  /** Packages and Node modules that it may import; `node:*` stands for all of Node. */
  readonly packages: readonly string[]
}

const APP = 'apps/vendor/src/'

/** The first layer whose files match counts, so the narrower stands before the wider. */
export const LAYERS: readonly Layer[] = [
  { name: 'policy', files: ['packages/policy/src/'], values: ['policy'], types: [], packages: [] },
  { name: 'wire', files: ['packages/sts-client/src/wire.ts'], values: [], types: [], packages: [] },
  // The one part of the client that needs a library, which its users may leave out.
  {
    name: 'client-openid',
    files: ['packages/sts-client/src/openid.ts'],
    values: ['client', 'wire'],
    types: [],
    packages: ['openid-client'],
  },
  {
    name: 'client-node',
    files: ['packages/sts-client/src/node/'],
    values: ['client', 'wire', 'client-openid', 'client-node'],
    types: [],
    packages: ['node:*'],
  },
  {
    name: 'client',
    files: ['packages/sts-client/src/'],
    values: ['client', 'wire'],
    types: [],
    packages: [],
  },
  {
    name: 'leaf',
    files: [
      `${APP}errors.ts`,
      `${APP}ids.ts`,
      `${APP}iso-time.ts`,
      `${APP}secret.ts`,
      `${APP}net-address.ts`,
      `${APP}key-file.ts`,
      `${APP}places.ts`,
      `${APP}worker-thread.ts`,
    ],
    values: [],
    types: [],
    packages: ['node:dns', 'node:fs', 'node:net', 'node:path', 'node:v8', 'node:worker_threads'],
  },
  {
    name: 'ports',
    files: [`${APP}ports.ts`, `${APP}ports/`],
    values: [],
    types: ['ports', 'domain', 'leaf'],
    packages: [],
  },
  { name: 'domain', files: [`${APP}domain/`], values: ['domain', 'policy', 'leaf'], types: [], packages: [] },
  {
    name: 'schema',
    files: [`${APP}schema/`],
    values: ['schema', 'domain', 'leaf', 'wire'],
    types: ['ports'],
    packages: ['zod'],
  },
  {
    name: 'flows',
    files: [`${APP}flows/`],
    values: ['flows', 'domain', 'leaf'],
    types: ['ports'],
    packages: [],
  },
  {
    name: 'http',
    files: [`${APP}http/`],
    values: ['http', 'flows', 'schema', 'leaf', 'wire'],
    types: ['domain', 'ports'],
    packages: ['hono', '@hono/node-server', 'node:http', 'node:net'],
  },
  // The page of administrators: what it shows is the domain's, what it does goes through flows and the table of operations.
  {
    name: 'ui',
    files: [`${APP}ui/`],
    values: ['ui', 'http', 'flows', 'schema', 'domain', 'policy', 'leaf'],
    types: ['ports'],
    packages: ['hono'],
  },
  {
    name: 'storage',
    files: [`${APP}storage/`],
    values: ['storage', 'domain', 'schema', 'leaf'],
    types: ['ports'],
    packages: ['node:*', 'better-sqlite3', 'drizzle-orm'],
  },
  // The log opens its own file, and nothing else of storage.
  {
    name: 'audit',
    files: [`${APP}audit/`],
    values: ['audit', 'domain', 'leaf', 'storage'],
    types: ['ports'],
    packages: ['node:*'],
  },
  // What stores tell of sessions: read, counted and asked for in a thread of its own; it decides nothing.
  {
    name: 'access',
    files: [`${APP}access/`],
    values: ['access', 'storage', 'import', 'domain', 'policy', 'leaf'],
    types: ['ports'],
    packages: ['node:*'],
  },
  // What is kept of sessions: sealed here, written by the audit worker, read here.
  {
    name: 'sessions',
    files: [`${APP}sessions/`],
    values: ['sessions', 'storage', 'domain', 'leaf'],
    types: ['ports'],
    packages: ['node:*'],
  },
  {
    name: 'oidc',
    files: [`${APP}oidc/`],
    values: ['oidc', 'domain', 'schema', 'leaf'],
    types: ['ports'],
    packages: ['node:*', 'undici', 'jose', 'openid-client'],
  },
  {
    name: 'targets',
    files: [`${APP}targets/`],
    values: ['targets', 'domain', 'schema', 'leaf'],
    types: ['ports'],
    packages: ['node:*', 'undici', '@aws-sdk/client-sts'],
  },
  {
    name: 'anchors',
    files: [`${APP}anchors/`],
    values: ['anchors', 'domain', 'leaf'],
    types: ['ports'],
    packages: ['node:*', 'undici'],
  },
  // Where events go beside the log.
  {
    name: 'sinks',
    files: [`${APP}sinks/`],
    values: ['sinks', 'domain', 'leaf'],
    types: ['ports'],
    packages: ['node:*', 'undici'],
  },
  // Judges what the audit layer writes, and shares nothing with it.
  {
    name: 'verify',
    files: [`${APP}verify/`],
    values: ['verify'],
    types: [],
    packages: ['node:*', 'better-sqlite3'],
  },
  {
    name: 'cli-commands',
    files: [`${APP}cli/`],
    // `stint mapping test` decides by the domain itself, on the machine of who asks.
    values: ['cli-commands', 'import', 'login', 'schema', 'domain', 'leaf'],
    types: ['flows', 'targets', 'verify', 'audit'],
    packages: ['node:crypto', 'node:dns', 'node:util', 'yaml'],
  },
  // What `stint import` reads and writes; of targets it takes the signature of a request.
  {
    name: 'import',
    files: [`${APP}import/`],
    values: ['import', 'domain', 'leaf', 'targets'],
    types: [],
    packages: ['node:*', '@noble/hashes', 'fflate', 'undici', 'yaml', 'zod'],
  },
  // How a person signs in and where the token is kept: no part of the service imports it.
  {
    name: 'login',
    files: [`${APP}login/`],
    values: ['login', 'schema', 'leaf'],
    types: [],
    packages: ['node:*', 'jose', 'openid-client', 'zod'],
  },
  // Copies of a data folder: both files, and what of them belongs together.
  {
    name: 'backup',
    files: [`${APP}backup/`],
    values: ['backup', 'storage', 'audit', 'evidence', 'domain', 'leaf'],
    types: ['ports', 'cli-commands'],
    packages: ['node:*'],
  },
  // Reads both files for the detectors, here or in a worker thread.
  {
    name: 'detect',
    files: [`${APP}detect/`],
    values: ['detect', 'audit', 'storage', 'domain', 'leaf'],
    types: ['ports'],
    packages: ['node:worker_threads'],
  },
  // Where evidence packs lie once they are made.
  {
    name: 'evidence',
    files: [`${APP}evidence/`],
    values: ['evidence', 'audit', 'domain', 'leaf'],
    types: ['ports'],
    packages: ['node:crypto', 'node:fs', 'node:fs/promises', 'node:path'],
  },
  // What counts knows nothing of what is counted.
  { name: 'metrics', files: [`${APP}metrics/`], values: ['metrics'], types: [], packages: [] },
  // Where configurations are planned: in place, or in a worker thread.
  {
    name: 'desk',
    files: [`${APP}desk/`],
    values: ['desk', 'flows', 'leaf'],
    types: ['ports', 'domain'],
    packages: ['node:worker_threads'],
  },
  {
    name: 'wiring',
    files: [`${APP}wiring/`],
    values: [
      'wiring',
      'metrics',
      'audit',
      'access',
      'anchors',
      'sinks',
      'backup',
      'desk',
      'detect',
      'evidence',
      'http',
      'ui',
      'flows',
      'oidc',
      'targets',
      'sessions',
      'storage',
      'domain',
      'schema',
      'leaf',
      'wire',
    ],
    types: ['ports', 'main'],
    packages: [
      'node:crypto',
      'node:fs',
      'node:http',
      'node:net',
      'node:path',
      'node:url',
      'hono',
      '@hono/node-server',
    ],
  },
  {
    name: 'main',
    files: [
      `${APP}main.ts`,
      `${APP}app.ts`,
      `${APP}cli.ts`,
      `${APP}config.ts`,
      `${APP}configuration-desk.ts`,
      `${APP}configuration-worker.ts`,
      `${APP}replay-worker.ts`,
      `${APP}pack-worker.ts`,
      `${APP}detect-worker.ts`,
      `${APP}log.ts`,
      `${APP}runtime.ts`,
      `${APP}terminal.ts`,
    ],
    values: [
      'main',
      'wiring',
      'backup',
      'desk',
      'detect',
      'evidence',
      'cli-commands',
      'login',
      'http',
      'flows',
      'audit',
      'access',
      'verify',
      'anchors',
      'sinks',
      'oidc',
      'targets',
      'sessions',
      'storage',
      'schema',
      'domain',
      'leaf',
      'wire',
      'client-node',
    ],
    types: ['ports'],
    packages: ['node:*', 'hono', '@hono/node-server', 'pino', 'zod'],
  },
]

/** Our packages by name: where an import of them leads. */
export const WORKSPACE: Readonly<Record<string, string>> = {
  '@stint/policy': 'packages/policy/src/index.ts',
  '@stint/sts-client': 'packages/sts-client/src/index.ts',
  '@stint/sts-client/wire': 'packages/sts-client/src/wire.ts',
  '@stint/sts-client/node': 'packages/sts-client/src/node/index.ts',
  '@stint/sts-client/openid': 'packages/sts-client/src/openid.ts',
}

/** Where the clock, randomness and the environment may be touched. */
export const EFFECT_FILES = [
  `${APP}main.ts`,
  `${APP}cli.ts`,
  `${APP}runtime.ts`,
  `${APP}terminal.ts`,
  'packages/sts-client/src/node/',
  'packages/sts-client/src/default-clock.ts',
]

/** Long by nature: tables and event unions. */
export const LONG_FILES = [
  'apps/vendor/src/errors.ts',
  'apps/vendor/src/ports.ts',
  'apps/vendor/src/domain/audit-event.ts',
  // A table of cases, not code.
  'packages/policy/src/corpus/evaluations.ts',
]

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Plugin, rolldown } from 'rolldown'

const ENTRIES = {
  stint: 'apps/vendor/src/cli.ts',
  'audit-writer': 'apps/vendor/src/audit/writer.ts',
  'access-worker': 'apps/vendor/src/access/worker.ts',
  'configuration-worker': 'apps/vendor/src/configuration-worker.ts',
  'replay-worker': 'apps/vendor/src/replay-worker.ts',
  'pack-worker': 'apps/vendor/src/pack-worker.ts',
  'detect-worker': 'apps/vendor/src/detect-worker.ts',
}

export type Bundle = {
  readonly root: string
  readonly folder: string
  readonly version: string
  readonly commit: string
}

/** Bundles the program and its worker threads into a folder; answers the files that went into it. */
export async function bundle({ root, folder, version, commit }: Bundle): Promise<readonly string[]> {
  const bundled = await rolldown({
    cwd: root,
    input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(root, file)])),
    platform: 'node',
    external: ['better-sqlite3'],
    plugins: [placesOfTheBundle(root, { version, commit })],
    transform: { target: 'node22' },
    onLog(_level, log) {
      throw new Error(`the bundle is not clean: ${log.message}`)
    },
  })
  const { output } = await bundled.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    // What others wrote keeps its licence beside it in NOTICE; comments are for who reads the sources.
    comments: { legal: false },
  })
  await bundled.close()
  const chunks = output.filter((file) => file.type === 'chunk')
  for (const { fileName, code } of chunks) {
    if (code.includes(root)) throw new Error(`${fileName} names a folder of this machine`)
  }
  return chunks.flatMap(({ moduleIds }) => moduleIds)
}

/** The program looks for its workers and migrations by `places.ts`: in the bundle they are elsewhere. */
function placesOfTheBundle(
  root: string,
  build: { readonly version: string; readonly commit: string },
): Plugin {
  const file = join(root, 'apps/vendor/src/places.ts')
  return {
    name: 'places of the bundle',
    async load(id) {
      if (id !== file) return null
      // What the bundle does not know of would be looked for where the sources are.
      const known = [...(await readFile(file, 'utf8')).matchAll(/^ {2}(\w+): new URL/gm)].map((m) => m[1])
      const there = Object.keys(PLACES)
      if (known.join() !== there.join())
        throw new Error(`places.ts has ${known.join()}, the build ${there.join()}`)
      const lines = Object.entries(PLACES).map(
        ([name, at]) => `  ${name}: new URL('${at}', import.meta.url),`,
      )
      return `export const PLACES = {\n${lines.join('\n')}\n}\nexport const BUILD = ${JSON.stringify(build)}\n`
    },
  }
}

const PLACES = {
  auditWriter: './audit-writer.mjs',
  accessWorker: './access-worker.mjs',
  configurationWorker: './configuration-worker.mjs',
  replayWorker: './replay-worker.mjs',
  packWorker: './pack-worker.mjs',
  detectWorker: './detect-worker.mjs',
  migrations: '../migrations/sqlite/',
  page: '../page/',
}

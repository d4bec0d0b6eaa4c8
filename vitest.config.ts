import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Left to itself one core stays free, which of two is half: most files wait for programs, and none for another.
    maxWorkers: Math.max(2, availableParallelism()),
    projects: [
      { test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts'] } },
      {
        // Everything with a socket, file, database or program. Forks: better-sqlite3 is a native addon.
        test: {
          name: 'integration',
          include: ['test/**/*.test.ts'],
          exclude: ['test/long/**'],
          pool: 'forks',
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})

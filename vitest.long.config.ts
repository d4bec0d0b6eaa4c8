import { defineConfig } from 'vitest/config'

/** What takes longer than the suite may: the same kills, ten times as many. */
export default defineConfig({
  test: {
    include: ['test/integration/kill.test.ts'],
    pool: 'forks',
    env: { STINT_KILLS: '200' },
    hookTimeout: 120_000,
  },
})

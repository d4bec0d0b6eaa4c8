import { defineConfig } from 'vitest/config'

/** What takes longer than the suite may: the same kills, ten times as many, 100,000 tokens a law, clients with their own retries, every recipe. */
export default defineConfig({
  test: {
    include: [
      'test/integration/clients.test.ts',
      'test/integration/kill.test.ts',
      'test/integration/log-faults.test.ts',
      'test/integration/recipes.test.ts',
      'test/integration/token-properties.test.ts',
      'test/long/parts-java.test.ts',
      'test/integration/doors-fuzz.test.ts',
    ],
    pool: 'forks',
    env: {
      STINT_CLIENT_RETRIES: 'default',
      STINT_RECIPES: 'all',
      STINT_KILLS: '200',
      STINT_KILL_CALLERS: '64',
      STINT_AUDIT_KILLS: '500',
      STINT_IMAGES: '2000',
      STINT_TOKENS: '100000',
      STINT_WRONG_REQUESTS: '1000000',
    },
    testTimeout: 600_000,
    hookTimeout: 120_000,
  },
})

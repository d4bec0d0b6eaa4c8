import fc from 'fast-check'
import { expect, test } from 'vitest'
import { credentialProvider } from './provider.ts'
import { TOKEN_TYPE_S3_CREDENTIALS } from './wire.ts'

const ROLE = 'arn:aws:iam::000000000000:role/app'

/** A server as a function: a session of so many seconds, or 503. */
function answer(expiresIn: number, endsMs: number): Response {
  const body = {
    access_token: 't',
    issued_token_type: TOKEN_TYPE_S3_CREDENTIALS,
    token_type: 'N_A',
    expires_in: expiresIn,
    credentials: {
      access_key_id: 'AKID',
      secret_access_key: 'secret-key',
      session_token: 't',
      expiration: new Date(endsMs).toISOString(),
    },
    assumption_id: 'asm_01940000-0000-7000-8000-000000000000',
    role: ROLE,
  }
  return Response.json(body)
}

const step = fc.record({
  advanceMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: -10_000, max: 4_000_000 })),
  isUp: fc.boolean(),
  callers: fc.integer({ min: 1, max: 5 }),
})

test('whatever the clock and the server do: no session past its end, never two exchanges at a time', async () => {
  const world = fc.record({
    expiresIn: fc.integer({ min: 1, max: 43_200 }),
    refreshWindowSeconds: fc.integer({ min: 0, max: 50_000 }),
    steps: fc.array(step, { maxLength: 12 }),
  })
  await fc.assert(
    fc.asyncProperty(world, async ({ expiresIn, refreshWindowSeconds, steps }) => {
      let nowMs = 1_800_000_000_000
      let isUp = true
      let running = 0
      const provider = credentialProvider({
        server: 'https://stint.example.com',
        role: ROLE,
        refreshWindowSeconds,
        subjectToken: async () => 'a.b.c',
        runtime: { now: () => new Date(nowMs), sleep: async () => undefined, random: () => 0 },
        fetch: async () => {
          running += 1
          expect(running).toBe(1)
          await Promise.resolve()
          running -= 1
          return isUp ? answer(expiresIn, nowMs + expiresIn * 1000) : new Response('', { status: 503 })
        },
      })
      for (const { advanceMs, callers, ...next } of steps) {
        nowMs += advanceMs
        isUp = next.isUp
        const atMs = nowMs
        const got = await Promise.allSettled(Array.from({ length: callers }, () => provider()))
        for (const one of got) {
          if (one.status === 'fulfilled') expect(one.value.expiration.getTime()).toBeGreaterThan(atMs)
          else expect(one.reason).toMatchObject({ code: 'unavailable' })
        }
      }
    }),
    { numRuns: 300 },
  )
})

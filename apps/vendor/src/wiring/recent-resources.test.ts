import { expect, test } from 'vitest'
import { recentResources } from './recent-resources.ts'

function reading() {
  const state = { generation: 1, reads: 0, passed: () => {} }
  const recent = recentResources({
    store: {
      current: async () => {
        state.reads += 1
        return { generation: state.generation, resources: [] }
      },
    },
    generation: () => state.generation,
    timers: {
      after: (_ms, work) => {
        state.passed = work
        return () => {
          state.passed = () => {}
        }
      },
    },
  })
  return { state, recent }
}

test('what stands is read once a generation while somebody asks, and never that of another', async () => {
  const { state, recent } = reading()
  await recent()
  await recent()
  expect(state.reads).toBe(1)
  state.generation = 2
  expect((await recent()).generation).toBe(2)
  expect(state.reads).toBe(2)
})

test('a minute after the last question nothing of it is kept', async () => {
  const { state, recent } = reading()
  await recent()
  state.passed()
  await recent()
  expect(state.reads).toBe(2)
})

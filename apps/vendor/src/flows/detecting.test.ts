import { expect, test } from 'vitest'
import { VendorError } from '../errors.ts'
import type { Detected } from '../ports/detect.ts'
import { createDetecting } from './detecting.ts'

const nothing = (generation: number): Detected => ({ generation, lint: [], found: [] })
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Detectors with a clock and timers of their own, and looks that are answered when the test says so. */
function detectors(over: { readonly isScheduled?: boolean } = {}) {
  const at = { ms: 0, generation: 1 }
  const looks: PromiseWithResolvers<Detected>[] = []
  const timers: { ms: number; work: () => void }[] = []
  const said: string[] = []
  const log = (event: string) => {
    said.push(event)
  }
  const detecting = createDetecting({
    clock: { nowMs: () => at.ms, monotonicMs: () => at.ms },
    timers: {
      after(ms, work) {
        const timer = { ms, work }
        timers.push(timer)
        return () => {
          timers.splice(timers.indexOf(timer), 1)
        }
      },
    },
    log: { info: log, warn: log, error: log },
    audit: {
      append: async () => {
        throw new VendorError('audit_unavailable')
      },
    },
    findings: { open: async () => [] },
    generation: () => at.generation,
    look() {
      const one = Promise.withResolvers<Detected>()
      looks.push(one)
      return one.promise
    },
    isScheduled: over.isScheduled ?? true,
  })
  async function answer(detected = nothing(at.generation)) {
    looks.at(-1)?.resolve(detected)
    await turn()
  }
  return { detecting, at, looks, timers, answer, said }
}

test('whoever asks while a look is under way waits for that one, and within a minute nobody looks again', async () => {
  const { detecting, looks, answer, at } = detectors()
  const asked = [detecting.current(), detecting.current()]
  expect(looks).toHaveLength(1)
  await answer()
  expect(await Promise.all(asked)).toEqual([nothing(1), nothing(1)])
  at.ms = 59_000
  await detecting.current()
  expect(looks).toHaveLength(1)
  at.ms = 61_000
  void detecting.current()
  expect(looks).toHaveLength(2)
})

test('whoever asks after a change is told of the generation that stands, also where a look began before it', async () => {
  const { detecting, looks, answer, at } = detectors()
  void detecting.current()
  at.generation = 2
  const asked = detecting.current()
  await answer(nothing(1))
  expect(looks).toHaveLength(2)
  await answer(nothing(2))
  expect(await asked).toEqual(nothing(2))
})

test('it looks a minute after its start, then every quarter of an hour, and sooner after a change', async () => {
  const { detecting, timers, looks, answer } = detectors()
  detecting.begin()
  expect(timers.map(({ ms }) => ms)).toEqual([60_000])
  detecting.wake()
  detecting.wake()
  expect(timers.map(({ ms }) => ms)).toEqual([30_000])
  timers.pop()?.work()
  expect(looks).toHaveLength(1)
  await answer()
  await turn()
  expect(timers.map(({ ms }) => ms)).toEqual([900_000])
})

test('where nobody schedules it, it looks only when somebody asks', () => {
  const { detecting, timers } = detectors({ isScheduled: false })
  detecting.begin()
  detecting.wake()
  expect(timers).toEqual([])
})

test('what the log cannot take is shown all the same', async () => {
  const { detecting, answer, said } = detectors()
  const found = [
    {
      key: 'k',
      detector: 'S02',
      rule: 'never-used',
      severity: 'warning',
      kind: 'mapping',
      name: 'm',
      at: [],
      message: '',
      fix: '',
      evidence: {},
    } as const,
  ]
  expect(detecting.standing()).toBeNull()
  const asked = detecting.current()
  await answer({ generation: 1, lint: [], found })
  expect((await asked).found).toHaveLength(1)
  expect(said).toEqual(['findings.not_recorded'])
  expect(detecting.standing()).toEqual({ warning: 1, notice: 0 })
})

test('a look that fails is said, and the next one comes', async () => {
  const { detecting, timers, looks, said } = detectors()
  detecting.begin()
  timers.pop()?.work()
  looks[0]?.reject(new VendorError('config_unavailable'))
  await turn()
  await turn()
  expect(said).toEqual(['findings.not_looked'])
  expect(timers).toHaveLength(1)
})

test('after a stop nothing looks by itself, and a look under way is waited for', async () => {
  const { detecting, timers, answer } = detectors()
  detecting.begin()
  timers.pop()?.work()
  const stopped = detecting.stop()
  await answer()
  await stopped
  expect(timers).toEqual([])
})

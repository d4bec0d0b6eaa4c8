import { expect, test } from 'vitest'
import { createLine } from './line.ts'

test('each turn begins when the one before ends, in the order of asking', async () => {
  const line = createLine(2)
  const begun: number[] = []
  const asked = async (n: number) => {
    const end = await line.turn()
    begun.push(n)
    return end
  }
  const endFirst = await asked(1)
  const [second, third] = [asked(2), asked(3)]
  expect(begun).toEqual([1])
  endFirst()
  const endSecond = await second
  expect(begun).toEqual([1, 2])
  endSecond()
  await third
  expect(begun).toEqual([1, 2, 3])
})

test('more than may wait are refused, and are no trouble to those that wait', async () => {
  const line = createLine(1)
  const end = await line.turn()
  const second = line.turn()
  await expect(line.turn()).rejects.toMatchObject({ code: 'overloaded' })
  end()
  await expect(second).resolves.toBeTypeOf('function')
})

import { expect, test } from 'vitest'
import { createUndo } from './undo.ts'

test('what fails half-way is undone in reverse, each undo waiting for the one before', async () => {
  const undone: string[] = []
  const opening = async () => {
    await using opened = createUndo()
    for (const name of ['log', 'sessions', 'store']) {
      opened.defer(async () => {
        undone.push(`${name} begins`)
        await Promise.resolve()
        undone.push(`${name} is closed`)
      })
    }
    throw new Error('the fourth')
  }
  await expect(opening()).rejects.toThrow('the fourth')
  expect(undone).toEqual(
    ['store', 'sessions', 'log'].flatMap((name) => [`${name} begins`, `${name} is closed`]),
  )
})

test('nothing is undone once all went well', async () => {
  const undone: string[] = []
  {
    await using opened = createUndo()
    opened.defer(() => undone.push('log'))
    opened.move()
  }
  expect(undone).toEqual([])
})

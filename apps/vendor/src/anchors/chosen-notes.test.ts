import { expect, test } from 'vitest'
import { createChosenNotes } from './chosen-notes.ts'

const at = (size: number, of = 'ours') => ({ note: `${of} ${size}`, size })

test('the largest are chosen wherever they stand, and each once', () => {
  const chosen = createChosenNotes()
  for (let size = 1; size <= 20_000; size++) chosen.see(at(size))
  for (let again = 0; again < 20_000; again++) chosen.see(at(7))
  const notes = chosen.all()
  expect(notes.slice(0, 128)).toEqual(Array.from({ length: 128 }, (_, back) => at(20_000 - back)))
  expect(new Set(notes.map(({ note }) => note)).size).toBe(notes.length)
  expect(notes.length).toBeLessThanOrEqual(384)
})

test('of a history that is buried under a longer one some are chosen, where it has one in a hundred', () => {
  const chosen = createChosenNotes()
  for (let size = 1; size <= 50_000; size++)
    chosen.see(at(size, size > 20_000 && size <= 20_500 ? 'cut' : 'ours'))
  expect(chosen.all().some(({ note }) => note.startsWith('cut'))).toBe(true)
})

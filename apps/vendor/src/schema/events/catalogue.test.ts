import { expect, test } from 'vitest'
import { exportedExamples } from '../../../../../test/support/event-examples.ts'
import { EVENT_TYPES } from '../../domain/audit-event.ts'
import { DECLARATIONS, EVENTS, eventProblem } from './catalogue.ts'

test('every type is declared under its own name, and nothing else is', () => {
  expect(Object.keys(EVENTS).toSorted()).toEqual([...EVENT_TYPES].toSorted())
  for (const [type, declared] of Object.entries(EVENTS)) expect(declared.type).toBe(type)
  expect(DECLARATIONS).toHaveLength(EVENT_TYPES.length)
})

test('every type has an example that holds to its declaration', () => {
  expect(exportedExamples().flatMap(({ event }) => eventProblem(event) ?? [])).toEqual([])
})

test.each([
  ['a type that nobody declared', { type: 'assume.dreamt' }, 'no type of the catalogue'],
  ['no object', 'assume.intent', 'no type of the catalogue'],
  ['an event without its members', { type: 'process.stop' }, 'reason'],
])('%s is told', (_name, value, words) => {
  expect(eventProblem(value)).toContain(words)
})

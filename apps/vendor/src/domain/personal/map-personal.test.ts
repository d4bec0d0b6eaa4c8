import { expect, test } from 'vitest'
import { exportedExamples } from '../../../../../test/support/event-examples.ts'
import { isId } from '../../ids.ts'
import { mapPersonal } from './map-personal.ts'
import { createPersonalClaims, erasableClaims, PERSONAL_CLAIMS } from './personal-claims.ts'

/** Members that hold what is personal, wherever they stand. */
const NAMES = new Set([
  'sub', 'ip', 'userAgent', 'sourcePrefix', 'sessionName', 'claimedSessionName', 'sessionPolicySha256',
]) // biome-ignore format: a list of words
const LISTS = new Set(['proxies', 'documents'])
/** Whoever administers stays in clear: duties are separated by who it was, and a review is worth nothing without. */
const ACTORS = new Set(['actor', 'author', 'approver'])

const marked = {
  text: () => '<personal>',
  digest: () => '<personal>',
  claim: () => '<personal>',
}

type Json = { readonly [name: string]: unknown }
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Places of personal members that are not marked. */
function leftIn(value: unknown, place: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one, at) => leftIn(one, `${place}[${at}]`))
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const here = `${place}.${name}`
    if (ACTORS.has(name)) return []
    const isClear = (one: unknown) => typeof one === 'string' && one !== '<personal>'
    if (NAMES.has(name) && isClear(inner)) return name === 'sub' && isId('asm', String(inner)) ? [] : [here]
    if (LISTS.has(name) && Array.isArray(inner)) return inner.some(isClear) ? [here] : []
    if (name === 'claims' && Array.isArray(inner))
      return inner.some((claim) => isObject(claim) && claim['value'] !== '<personal>') ? [here] : []
    return leftIn(inner, here)
  })
}

test('of every recorded example no sub, address, agent, session name, policy hash or claim is left in clear', () => {
  const examples = exportedExamples().map(({ event }) => event)
  const before = examples.flatMap((event) => leftIn(event, event.type))
  // The catalogue has some to find, or this would prove nothing.
  expect(before.length).toBeGreaterThan(20)
  expect(examples.flatMap((event) => leftIn(mapPersonal(event, marked), event.type))).toEqual([])
})

test('an address of an example stands nowhere else in it', () => {
  for (const { event } of exportedExamples()) {
    const source = 'source' in event && isObject(event.source) ? event.source : null
    if (source === null) continue
    const { boot: _boot, ...rest } = mapPersonal(event, marked)
    const text = JSON.stringify(rest)
    if (source.userAgent !== null) expect(text).not.toContain(source.userAgent)
    // Local test issuers have the address of the caller in their URL.
    expect(text.replaceAll(/https?:\/\/[\d.:]+/g, '')).not.toContain(source.ip)
  }
})

test('what is mapped to itself is the event that it was', () => {
  const same = {
    text: (_what: string, text: string) => text,
    digest: (hex: string) => hex,
    claim: <T>(_path: readonly string[], value: T) => value,
  }
  for (const { event } of exportedExamples()) expect(mapPersonal(event, same)).toEqual(event)
})

test.each([
  [['off'], null],
  [['on'], PERSONAL_CLAIMS],
  [
    ['on', 'employee_id', 'email'],
    [...PERSONAL_CLAIMS, 'employee_id'],
  ],
  [['employee_id'], ['employee_id']],
] as const)('the setting %j', (names, expected) => {
  expect(erasableClaims(names)).toEqual(expected)
})

const OURS = `personal:sha256:${'A'.repeat(43)}`

test.each([
  ['sub', ['sub'], 's', true],
  ['a claim of OpenID Connect', ['email'], 'a@b', true],
  ['who started a job', ['actor'], 'jane', true],
  ['within one', ['address', 'country'], 'CH', true],
  ['one within', ['user'], { id: [{ email: 'a@b' }] }, true],
  ['what looks like a commitment', ['ref'], OURS, true],
  ['the same within', ['groups'], ['a', OURS], true],
  ['a repository', ['repository'], 'acme/app', false],
  ['a branch that only begins so', ['ref'], `${OURS}!`, false],
  ['an object of other claims', ['kubernetes.io'], { namespace: 'build' }, false],
] as const)('%s is personal: %#', (_name, path, value, expected) => {
  expect(createPersonalClaims(PERSONAL_CLAIMS)(path, value)).toBe(expected)
})

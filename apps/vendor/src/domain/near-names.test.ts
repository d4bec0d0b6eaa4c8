import { expect, test } from 'vitest'
import { nearNames } from './near-names.ts'

const named = (...values: readonly string[]) => values.map((value, at) => ({ name: `n-${at}`, value }))
const ISS = 'https://login.example.com/realms/ci'

const DIFFERENCES = [
  { name: 'a slash', sent: `${ISS}/`, difference: 'a slash at the end' },
  { name: 'a case', sent: 'https://login.example.com/realms/CI', difference: 'upper and lower case' },
  { name: 'a scheme', sent: 'http://login.example.com/realms/ci', difference: 'http against https' },
  { name: 'a path more', sent: `${ISS}-2`, difference: 'more behind it' },
  { name: 'a path less', sent: 'https://login.example.com/realms', difference: 'less of it' },
  { name: 'a letter', sent: 'https://logim.example.com/realms/ci', difference: 'some characters' },
] as const

test.each(DIFFERENCES)('says what differs: $name', ({ sent, difference }) => {
  expect(nearNames(sent, named(ISS))).toEqual([{ name: 'n-0', value: ISS, difference }])
})

test('names the three nearest, and nothing that is another name', () => {
  const near = nearNames(
    'app-artifact',
    named('app-artifacts', 'app-artefacts', 'apps', 'billing', 'app-artifacts-2'),
  )
  expect(near.map(({ value }) => value)).toEqual(['app-artifacts', 'app-artefacts', 'app-artifacts-2'])
  expect(nearNames('x', named('completely-other'))).toEqual([])
  expect(nearNames('x', [])).toEqual([])
})

test('finds the nearest among a hundred thousand', () => {
  const many = named(...Array.from({ length: 100_000 }, (_, at) => `role-${at * 31}`), 'deploy-production')
  expect(nearNames('deploy-prodution', many)[0]?.value).toBe('deploy-production')
})

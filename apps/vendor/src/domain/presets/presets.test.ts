import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { ISSUERS, type IssuerSample } from '../../../../../test/corpus/issuers.ts'
import { readConfiguration } from '../../schema/resources.ts'
import { compileCondition } from '../condition.ts'
import { lintConfiguration } from '../lint/lint.ts'
import { isTextClaim, PRESETS, presetOf } from '../preset.ts'
import type { Resource } from '../resource.ts'
import { type Claims, claimAt } from '../subject.ts'
import type { Preset } from './preset.ts'

const NOW = Date.UTC(2026, 10, 24)
const preset = (name: string): Preset => {
  const found = presetOf(name)
  if (found === undefined) throw new Error(`no preset ${name}`)
  return found
}
const KIND = 'machine'

/** The configuration that a page of the documents shows for an issuer. */
const configurationOf = ({ preset: name, url, when }: IssuerSample) => ({
  issuers: {
    ci: {
      preset: name,
      ...(PRESETS[name].url === url ? {} : { url }),
      audiences: ['https://stint.example.com'],
      ...(PRESETS[name].for === null ? { for: KIND } : {}),
    },
  },
  mappings: {
    builds: {
      issuer: 'ci',
      role: 'app-artifacts',
      when,
      owner: 'team-app@example.com',
      purpose: 'the nightly build publishes artifacts',
      mode: 'enforce',
      expires: '2027-05-31',
    },
  },
})

test('every preset has a sample, and every sample a preset', () => {
  expect(ISSUERS.map((one) => one.preset).toSorted()).toEqual(Object.keys(PRESETS).toSorted())
})

describe.each(ISSUERS)('$preset', (sample) => {
  const { preset: name, url, claims, when, admits, refuses } = sample
  const holds = (over: Claims) =>
    when.every((body) => compileCondition(body).check({ ...claims, ...over }) === 'holds')

  test('its URL is of the form that it documents', () => {
    expect(claims['iss']).toBe(url)
    const pattern = preset(name).urlPattern
    if (pattern !== null) expect(url).toMatch(new RegExp(pattern))
    if (pattern !== null) expect(`${url}x y`).not.toMatch(new RegExp(pattern))
  })

  test('records claims that its token has, but for those that some lack', () => {
    const { recordedClaims, optionalClaims } = preset(name)
    const missing = recordedClaims.filter((path) => claimAt(claims, path) === undefined)
    expect(missing.filter(([first = '']) => !optionalClaims.includes(first))).toEqual([])
  })

  test('says the types of claims as they are', () => {
    const { listClaims, numberClaims, lowerCaseClaims, claims: documented } = preset(name)
    for (const [claim, value] of Object.entries(claims)) {
      if (documented.length > 0) expect(documented, claim).toContain(claim)
      if (['iat', 'exp', 'nbf'].includes(claim)) continue
      if (isTextClaim(preset(name), claim)) expect(typeof value, claim).toBe('string')
      expect(listClaims.includes(claim), claim).toBe(Array.isArray(value))
      if (numberClaims.includes(claim)) expect(typeof value, claim).toBe('number')
      if (lowerCaseClaims.includes(claim)) expect(value, claim).toBe(String(value).toLowerCase())
    }
  })

  test('has a `jti` where it says so', () => {
    if (preset(name).jti !== null) expect('jti' in claims).toBe(preset(name).jti)
  })

  test('the mapping to begin with admits its token', () => expect(holds({})).toBe(true))
  test.each(Object.entries(admits))('and %s', (_what, over) => expect(holds(over)).toBe(true))
  test.each(Object.entries(refuses))('and refuses %s', (_what, over) => expect(holds(over)).toBe(false))

  test('the lint finds nothing in it', () => {
    const role = {
      target: 'store',
      policies: [{ use: 'p@1' }],
      lifetime: { default: '1h', max: '1h' },
      for: KIND,
    }
    const Statement = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }]
    const { declared, problems } = readConfiguration({
      ...configurationOf(sample),
      targets: { store: { kind: 'minio', endpoint: 'https://minio.example.com' } },
      policies: { 'p@1': { document: { Version: '2012-10-17', Statement } } },
      roles: { 'app-artifacts': role },
    })
    expect(problems).toEqual([])
    const resources = declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
    expect(lintConfiguration(resources, NOW)).toEqual([])
  })
})

/** The section of docs/ISSUERS.md. */
function sectionOf(sample: IssuerSample): string {
  const { immutable, traps, subTrap, jti, usualLifetimeSeconds } = preset(sample.preset)
  const lasting = Object.entries(immutable).map(([claim, id]) => `\`${id}\` rather than \`${claim}\``)
  const points = [
    ...(lasting.length === 0 ? [] : [`what lasts: ${lasting.join(', ')}`]),
    ...(subTrap === null ? [] : [subTrap]),
    ...traps,
    ...(usualLifetimeSeconds === null ? [] : [`a token usually lives ${usualLifetimeSeconds} s`]),
    ...(jti === false ? ['no `jti`: `singleUse` admits nobody'] : []),
  ]
  const yaml = stringify(configurationOf(sample), { lineWidth: 100 }).trim()
  const list = points.map((point) => `- ${point}`).join('\n')
  return `## ${sample.title}\n\n${list === '' ? '' : `${list}\n\n`}\`\`\`yaml\n${yaml}\n\`\`\`\n`
}

test('docs/ISSUERS.md says of each issuer what its preset knows, and a mapping to begin with', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../../docs/ISSUERS.md'), 'utf8')
  const sections = page.split(/^(?=## )/m).slice(1)
  expect(sections.map((section) => `${section.trim()}\n`)).toEqual(ISSUERS.map(sectionOf))
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TARGETS } from '../../../../test/corpus/targets.ts'
import { declarationOf, readDeclaration } from '../schema/declaration.ts'
import { readConfiguration } from '../schema/resources.ts'
import { canonicalize } from './canonical.ts'
import { compileConfiguration } from './configuration.ts'
import type { Resource, TargetBody } from './resource.ts'
import { modesOf, TARGET_KINDS, type TargetKind, waysOfEnding } from './target-kind.ts'

const KINDS = Object.keys(TARGET_KINDS) as TargetKind[] // the keys of the table
const POLICY = {
  document: {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/*' }],
  },
}
const ROLE = {
  target: 'store',
  policies: [{ use: 'p@1' }],
  lifetime: { default: '1h', max: '1h' },
  for: 'machine',
}

function problemsOf(target: object, role: object): readonly string[] {
  const read = readConfiguration({
    targets: { store: JSON.parse(JSON.stringify(target)) },
    policies: { 'p@1': POLICY },
    roles: { a: { ...ROLE, ...role } },
  })
  if (read.problems.length > 0) return read.problems.map(({ code }) => code)
  const resources = read.declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
  const context = {
    generation: 1,
    hash: '',
    account: '123456789012',
    adminAudience: 'admin',
    sha256: (text: string) => text,
  }
  return compileConfiguration(resources, context).problems.map(({ code }) => code)
}

test.each(TARGETS)('$name: $expect', ({ target, role = {}, expect: codes }) => {
  expect(problemsOf(target, role).toSorted()).toEqual(codes.toSorted())
})

test('a target reads back as it was said: the same body, byte for byte', () => {
  const at = { kind: 'target', name: 'store' } as const
  const read = (body: unknown) => readDeclaration(at, JSON.parse(JSON.stringify(body))).declared
  const good = TARGETS.filter(({ expect: codes }) => codes.length === 0)
  expect(good.length).toBeGreaterThan(10)
  for (const { target } of good) {
    const first = read(target)
    if (first === null) throw new Error('it was read before')
    const again = read(declarationOf(first))
    expect(canonicalize(again)).toBe(canonicalize(first))
  }
})

test('every mode of every kind is in the corpus as one that is taken', () => {
  const taken = new Set(
    TARGETS.filter(({ expect: codes }) => codes.length === 0).map(
      ({ target: { kind, mode } }) => `${kind} ${mode ?? modesOf(kind as TargetKind)[0]?.[0]}`,
    ),
  )
  const all = KINDS.flatMap((kind) => modesOf(kind).map(([mode]) => `${kind} ${mode}`))
  expect([...taken].toSorted()).toEqual(all.toSorted())
})

test('what needs an administrator of the store is a way of ending only where there is one', () => {
  const body = { kind: 'rgw', mode: 'issued-identity' } as TargetBody // nothing else of it is looked at
  expect(waysOfEnding(body).map(({ way }) => way)).toEqual(['expiry'])
  const admin = { accessKeyId: 'a', secret: 'b' }
  expect(waysOfEnding({ ...body, admin }).map(({ way }) => way)).toEqual(['deny-older', 'expiry'])
})

const ENDINGS = {
  'own-sub': 'its own `sub` is used once more, no secret of the store; its key id, refused, is the proof',
  'revoke-tokens': 'the user ends it by its TokenRevokeType; its key id, refused, is the proof',
  'deny-older': 'with `admin`: all that are older, by a Deny; none is proved by itself',
  expiry: 'by its own expiry',
}
const HOLDERS = {
  'only-itself': 'no other',
  'all-of-the-user': 'all of the target',
  'all-of-the-subject': 'all of the same subject',
}

test('docs/targets.md has a column of each capability sheet, as it is', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/targets.md'), 'utf8')
  const rows = page.split('\n').filter((line) => /^\| (minio|rgw|aws)/.test(line))
  const wanted = KINDS.flatMap((kind) =>
    modesOf(kind).map(([mode, { sheet }]) =>
      [
        '',
        ` ${kind} \`${mode}\` `,
        ` ${sheet.ending.map(({ way }) => ENDINGS[way]).join('; else ')} `,
        ` ${HOLDERS[sheet.oneCanEnd]} `,
        ` ${sheet.shortLifetimes ? '5 s' : '900 s'} – ${sheet.maxLifetimeSeconds === null ? '`maxSession`' : `${sheet.maxLifetimeSeconds / 3600} h`} `,
        ` ${sheet.conditionsForgeable ? 'can be forged' : 'hold'} `,
        ` ${sheet.policyBudgetBytes} `,
        ` ${sheet.sessionTags ? 'yes' : 'no'} `,
        ` ${sheet.rotation} `,
        ` ${sheet.provedOn} `,
        ` ${sheet.unproved.join('; ')} `,
        '',
      ].join('|'),
    ),
  )
  expect(rows).toEqual(wanted)
})

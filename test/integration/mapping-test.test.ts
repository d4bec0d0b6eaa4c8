import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mappingCommand } from '../../apps/vendor/src/cli/mapping.ts'
import { runCli } from '../support/cli.ts'

const NOW = new Date('2026-11-24T12:00:00Z')
const YAML = `
issuers:
  k8s: { preset: kubernetes, url: https://k8s.example.com, audiences: [stint] }
  ci: { url: https://ci.example.com, audiences: [stint], for: machine }
targets:
  store: { kind: minio, endpoint: https://minio.example.com }
policies:
  p@1:
    placeholders: { prefix: path }
    document:
      Version: "2012-10-17"
      Statement: [{ Effect: Allow, Action: s3:GetObject, Resource: "arn:aws:s3:::bucket/{{prefix}}/*" }]
roles:
  builds: { target: store, policies: [{ use: p@1, with: { prefix: { claim: [team] } } }], lifetime: { default: 1h, max: 2h }, for: machine }
  static: { target: store, policies: [{ use: p@1, with: { prefix: fixed } }], lifetime: { default: 1h, max: 2h }, for: machine }
mappings:
  pods:
    issuer: k8s
    role: static
    when: [{ claim: [kubernetes.io, namespace], equals: build }, { claim: [kubernetes.io, serviceaccount, name], glob: "ci-*", delimiter: "-" }]
    owner: o@example.com
    purpose: builds in the cluster
    mode: enforce
    expires: 2027-01-01
  circle:
    issuer: ci
    role: builds
    when:
      - { claim: [oidc.circleci.com/project-id], equals: p-1 }
      - { claim: ["cognito:groups"], contains: builders }
      - { claim: [attempt], equals: 1 }
      - { claim: [protected], equals: true }
    unless: [{ claim: [oidc.circleci.com/ssh-rerun], equals: true }]
    owner: o@example.com
    purpose: builds
    mode: enforce
    expires: 2027-01-01
  night:
    issuer: ci
    role: builds
    when: [{ claim: [attempt], equals: 1 }]
    owner: o@example.com
    purpose: tried
    mode: shadow
    expires: 2027-01-01
`
const POD = {
  iss: 'https://k8s.example.com',
  sub: 'system:serviceaccount:build:ci-one',
  'kubernetes.io': { namespace: 'build', serviceaccount: { name: 'ci-one' } },
}
const CIRCLE = {
  iss: 'https://ci.example.com',
  sub: 'org/1/project/p-1',
  team: 'one',
  'oidc.circleci.com/project-id': 'p-1',
  'cognito:groups': ['users', 'builders'],
  attempt: 1,
  protected: true,
  'oidc.circleci.com/ssh-rerun': false,
}

const run = (claims: object | string, ...more: string[]) =>
  runCli((io) => mappingCommand(['test', '-f', 'stint.yaml', '--claims', 'claims.json', ...more], io), {
    files: {
      'stint.yaml': YAML,
      'claims.json': typeof claims === 'string' ? claims : JSON.stringify(claims),
    },
    now: NOW,
  })

test('grants by nested paths with dots inside names, and prints the policy', async () => {
  const { code, out } = await run(POD)
  expect(code).toBe(0)
  expect(out).toMatch(/^granted: role `static` for 3600 s, by `pods`\nsession policy: \{.*bucket\/fixed\/\*/)
})

test('grants by names with slashes and colons, lists, numbers and booleans, and tells of the shadow', async () => {
  const { code, out } = await run(CIRCLE, '--role', 'builds', '--lifetime', '30m')
  expect([code, out.split('\n')[0]]).toEqual([0, 'granted: role `builds` for 1800 s, by `circle`'])
  expect(out).toContain('in shadow: `night` would match')
})

const REFUSED: readonly { name: string; over: object; code: string; says: string }[] = [
  {
    name: 'a text for a number',
    over: { attempt: '1' },
    code: 'no_mapping',
    says: '`attempt` is "1", must be equals: 1',
  },
  {
    name: 'a text for a boolean',
    over: { protected: 'true' },
    code: 'no_mapping',
    says: 'must be equals: true: it is of another type',
  },
  {
    name: 'a list without the item',
    over: { 'cognito:groups': ['users'] },
    code: 'no_mapping',
    says: 'must be contains: "builders"',
  },
  {
    name: 'one value for a list',
    over: { 'cognito:groups': 'builders' },
    code: 'no_mapping',
    says: 'is of another type',
  },
  {
    name: 'the exception',
    over: { 'oidc.circleci.com/ssh-rerun': true },
    code: 'no_mapping',
    says: 'and unless says equals: true',
  },
  {
    name: 'the exception without its claim',
    over: { 'oidc.circleci.com/ssh-rerun': undefined },
    code: 'no_mapping',
    says: 'counts as held in unless',
  },
  { name: 'a value that no path has', over: { team: '../x' }, code: 'claim_value_refused', says: 'matches' },
]
test.each(REFUSED)('refuses $name and says why', async ({ over, code, says }) => {
  const run_ = await run({ ...CIRCLE, ...over }, '--role', 'builds')
  expect(run_.code).toBe(1)
  expect(run_.out).toMatch(new RegExp(`^refused \\(${code}\\): `))
  expect(run_.out).toContain(says)
})

test('decides as of another time', async () => {
  const { code, out } = await run(POD, '--at', '2027-01-02T00:00:01Z')
  expect(code).toBe(1)
  expect(out).toContain('it has expired')
})

test('a token is decoded, and said to be unverified', async () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'RS256' })}.${part(POD)}.c2ln\n`
  const argv = ['test', '-f', 'stint.yaml', '--token-file', 'token']
  const { code, err } = await runCli((io) => mappingCommand(argv, io), {
    files: { 'stint.yaml': YAML, token },
    now: NOW,
  })
  expect(code).toBe(0)
  expect(err).toMatch(/^the token is decoded, its signature is not verified\n/)
})

test('--json is the decision of the service, the policy and the nearest mappings', async () => {
  const { out } = await run({ ...CIRCLE, attempt: 2 }, '--json', '--role', 'builds')
  const { decision, sessionPolicy, mappings } = JSON.parse(out)
  expect(decision).toMatchObject({ outcome: 'refused', code: 'no_mapping' })
  expect(sessionPolicy).toBeNull()
  expect(mappings[0]).toMatchObject({ name: 'circle', obstacles: 1 })
})

test('the quickstart decides for the token of the demo', async () => {
  const yaml = readFileSync(join(import.meta.dirname, '../../examples/quickstart/stint.yaml'), 'utf8')
  const claims = JSON.stringify({
    sub: 's',
    repository: 'acme/app',
    repository_id: '42',
    ref: 'refs/heads/main',
  })
  const argv = ['test', '-f', 'y', '--claims', 'c', '--issuer', 'ci', '--role', 'app-artifacts']
  const { code } = await runCli((io) => mappingCommand(argv, io), { files: { y: yaml, c: claims }, now: NOW })
  expect(code).toBe(0)
})

test.each([
  ['no file', ['test']],
  ['a file that is not there', ['test', '-f', 'nowhere', '--claims', 'c']],
  ['no claims', ['test', '-f', 'y']],
  ['claims twice', ['test', '-f', 'y', '--claims', 'c', '--token-file', 'c']],
  ['claims that are no object', ['test', '-f', 'y', '--claims', 'list']],
  ['a token that is none', ['test', '-f', 'y', '--token-file', 'c']],
  ['an issuer that is none', ['test', '-f', 'y', '--claims', 'c', '--issuer', 'x']],
  ['an issuer that no claim names', ['test', '-f', 'y', '--claims', 'c']],
  ['a time that is none', ['test', '-f', 'y', '--claims', 'c', '--issuer', 'ci', '--at', 'soon']],
  ['a lifetime that is none', ['test', '-f', 'y', '--claims', 'c', '--issuer', 'ci', '--lifetime', 'long']],
  ['an unknown flag', ['test', '--nope']],
])('%s: exit 2 and how it is used', async (_name, argv) => {
  const files = { y: YAML, c: '{}', list: '[]' }
  const { code, out, err } = await runCli((io) => mappingCommand(argv, io), { files, now: NOW })
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain('usage: stint mapping test')
})

test('a file with problems is refused with its lines', async () => {
  const files = {
    y: YAML.replace('role: static', 'role: statik'),
    c: JSON.stringify({ ...POD, aud: 'stint' }),
  }
  const argv = ['test', '-f', 'y', '--claims', 'c']
  const { code, err } = await runCli((io) => mappingCommand(argv, io), { files, now: NOW })
  expect(code).toBe(3)
  expect(err).toMatch(/^y:\d+:\d+ error role_unknown /m)
})

const WOULD_REFUSE: readonly {
  name: string
  claims: object
  code: string | null
  more?: readonly string[]
}[] = [
  { name: 'nothing that is wrong', claims: { ...POD, aud: 'stint' }, code: null },
  { name: 'nothing of what is not there', claims: POD, code: null },
  { name: 'several audiences with ours', claims: { ...POD, aud: ['x', 'stint'] }, code: null },
  { name: 'another audience', claims: { ...POD, aud: 'other' }, code: 'aud_mismatch' },
  { name: 'an audience that is no text', claims: { ...POD, aud: 7 }, code: 'aud_mismatch' },
  {
    name: 'another issuer than was named',
    claims: { ...POD, iss: 'https://x' },
    code: 'unknown_issuer',
    more: ['--issuer', 'k8s'],
  },
  { name: 'a token that has ended', claims: { ...POD, exp: NOW.getTime() / 1000 - 30 }, code: 'expired' },
  { name: 'a token within the leeway', claims: { ...POD, exp: NOW.getTime() / 1000 - 29 }, code: null },
  {
    name: 'a token of the future',
    claims: { ...POD, nbf: NOW.getTime() / 1000 + 31 },
    code: 'not_yet_valid',
  },
  { name: 'a subject that is a number', claims: { ...POD, sub: 7 }, code: 'sub_invalid' },
]

test.each(WOULD_REFUSE)(
  'notes what the token door would refuse first: $name',
  async ({ claims, code, more = [] }) => {
    const ran = await run(claims, ...more)
    expect(ran.code).toBe(0)
    expect(ran.err).toEqual(code === null ? '' : expect.stringContaining(`(${code})`))
  },
)

test('takes an instant with its zone, and no other text', async () => {
  const exits = await Promise.all(
    ['2026-11-24T12:00:00Z', '2026-11-24T13:00+01:00', '2026-11-24', '2026-11-24T12:00:00', 'tomorrow'].map(
      async (at) => (await run(POD, '--at', at)).code,
    ),
  )
  expect(exits).toEqual([0, 0, 2, 2, 2])
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ErrorCode, errorCodes, errorRow } from '../../apps/vendor/src/errors.ts'
import { GROUPS, HOSTILE } from '../corpus/hostile/index.ts'
import { STRANGE_AND_GOOD } from '../corpus/hostile/signatures.ts'
import type { Build, Group, HostileToken, Made } from '../corpus/hostile/token.ts'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import type { SigningKey } from '../support/jws.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { ACCOUNT, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let other: TestIssuer
let ec: SigningKey

beforeAll(async () => {
  ;[store, other] = await Promise.all([startFakeSts(), startTestIssuer()])
  // Each row comes from a network of its own, so that no two refusals are counted together.
  vendor = await startVendor({ env: { STINT_TRUSTED_PROXIES: '127.0.0.0/8' } })
  ec = await vendor.ci.addKey('ES256', { kid: 'ec-1' })
  await Promise.all([
    vendor.ci.addKey('RS256', { kid: 'rsa-2' }),
    other.addKey('RS256', { kid: 'only-other' }),
  ])
  const usual = configurationFor(vendor, store.endpoint)
  const ci = { ...usual.issuers.ci, maxLifetime: '1h' }
  const applied = await vendor.apply({ ...usual, issuers: { ci, other: { ...ci, url: other.url } } })
  expect(applied.status, JSON.stringify(applied.body)).toBe(200)
  // Both key sets are warm: an unknown kid then is one, and asks for no fetch.
  for (const issuer of [vendor.ci, other]) await send(issuer.sign(made().claims), '10.255.0.1')
})

afterAll(async () => {
  await vendor.stop()
  await Promise.all([store.stop(), other.stop()])
})

const made = (): Made => ({
  issuer: vendor.ci,
  other,
  ec,
  audience: vendor.url,
  otherDoor: 'stint-admin',
  claims: {
    sub: 'repo:acme/app',
    aud: vendor.url,
    repository: 'acme/app',
    repository_id: '42',
    ref: 'refs/heads/main',
  },
  now: Math.floor(Date.now() / 1000),
})

type Sent = { readonly status: number; readonly body: Readonly<Record<string, unknown>> }

async function send(token: string, from: string): Promise<Sent> {
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    subject_token: token,
    resource: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
  })
  const headers = { 'x-forwarded-for': from }
  const response = await fetch(`${vendor.url}/v1/token`, { method: 'POST', body: form, headers })
  return { status: response.status, body: (await response.json()) as Sent['body'] } // an object, by the door's contract
}

const network = (at: number) => `10.${at >> 8}.${at & 255}.1`

/** The code in the log of every request id. */
async function recorded(): Promise<ReadonlyMap<string, string>> {
  const codes = new Map<string, string>()
  let before = ''
  for (;;) {
    const { body } = await vendor.get(
      `/v1/admin/audit/events?type=assume.refused&type=assume.refused_summary&limit=500${before}`,
    )
    const { events, next } = body as {
      events: { event: { request: string; code: string } }[]
      next: number | null
    } // the admin door's own answer
    for (const { event } of events) codes.set(event.request, event.code)
    if (next === null) return codes
    before = `&before=${next}`
  }
}

test('every hostile token is refused at the door with the code of its attack, and its twin vends', async () => {
  const answers: { row: HostileToken; refused: Sent; twin: Sent }[] = []
  for (const [at, row] of HOSTILE.entries()) {
    const refused = await send(row.build(made()), network(at))
    const twin = await send(row.twin(made()), network(at))
    answers.push({ row, refused, twin })
  }
  const codes = await recorded()
  const told = answers.map(({ row, refused, twin }) => ({
    name: `${row.group} ${row.name}`,
    code:
      codes.get(String(refused.body['request_id'])) ?? `${refused.status} ${String(refused.body['code'])}`,
    status: refused.status,
    class: refused.body['code'],
    twin: twin.status,
  }))
  const wanted = HOSTILE.map(({ group, name, expect: code }) => {
    const row = errorRow(code as ErrorCode) // the corpus names codes of the catalogue; another makes this throw
    return { name: `${group} ${name}`, code, status: row.status, class: row.class, twin: 200 }
  })
  expect(told.filter((one, at) => JSON.stringify(one) !== JSON.stringify(wanted[at]))).toEqual([])
  expect(told).toHaveLength(wanted.length)
  // As many sessions as twins, and the two that warmed the key sets: no hostile token got any.
  expect(store.sessions.length).toBeLessThanOrEqual(HOSTILE.length + 2)
}, 180_000)

test.each(Object.entries(STRANGE_AND_GOOD))('vends for %s', async (_name, build: Build) => {
  expect((await send(build(made()), '10.254.0.1')).status).toBe(200)
})

test('white space at the ends of a token file is no part of the token, and no other character is taken off', async () => {
  const token = vendor.ci.sign(made().claims)
  for (const text of [`${token}\n`, `${token}\r\n`, ` ${token}\t`])
    expect((await send(text, '10.254.1.1')).status).toBe(200)
  for (const text of [
    `\ufeff${token}`,
    `${token}\u00a0`,
    `${token}\u2028`,
    `${token}\u0000`,
    `${token}\u000b`,
  ])
    expect((await send(text, '10.254.2.1')).status).toBe(400)
})

test('the corpus has six hundred rows, each with a name of its own', () => {
  expect(HOSTILE.length).toBeGreaterThanOrEqual(600)
  const names = HOSTILE.map(({ group, name }) => `${group} ${name}`)
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

test('every group has rows and a source, and every code of a token has rows', () => {
  expect(new Set(HOSTILE.map(({ group }) => group))).toEqual(new Set(Object.keys(GROUPS)))
  const rows = Map.groupBy(HOSTILE, ({ expect: code }) => code)
  /** What a token that is refused by itself can be refused with; the others need an issuer or a mapping in some state. */
  const elsewhere = ['issuer_disabled', 'key_refused', 'too_old']
  const tokenClasses = ['invalid_identity_token', 'identity_claim_rejected', 'expired_token']
  const codes = errorCodes().filter(
    (code) => tokenClasses.includes(errorRow(code).class) && code !== 'replayed' && !elsewhere.includes(code),
  )
  for (const code of codes) expect(rows.get(code)?.length ?? 0, code).toBeGreaterThanOrEqual(5)
})

test('docs/ATTACKS.md counts the rows of each group', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/ATTACKS.md'), 'utf8')
  const counted = Map.groupBy(HOSTILE, ({ group }) => group)
  const lines = Object.entries(GROUPS).map(
    ([group, { tries, source }]) =>
      `| ${group} | ${counted.get(group as Group)?.length ?? 0} | ${tries} | ${source} |`, // a key of the table
  )
  expect(page.split('\n').filter((line) => /^\| [A-M] \| \d+ \|/.test(line))).toEqual(lines)
})

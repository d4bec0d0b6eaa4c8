import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FakeSts, startFakeSts } from '../support/fake-sts.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { ACCOUNT, type Answer, type ChildVendor, configurationFor, startVendor } from '../support/vendor.ts'

let store: FakeSts
let vendor: ChildVendor
let gone: TestIssuer

beforeAll(async () => {
  ;[store, gone] = await Promise.all([startFakeSts(), startTestIssuer()])
  vendor = await startVendor()
  const usual = configurationFor(vendor, store.endpoint)
  const main = usual.mappings['app-main']
  const mappings = {
    ...usual.mappings,
    off: { ...main, when: [{ claim: ['n'], equals: 'off' }], mode: 'off' },
    shadow: { ...main, when: [{ claim: ['n'], equals: 'shadow' }], mode: 'shadow' },
    past: { ...main, when: [{ claim: ['n'], equals: 'past' }], expires: '2020-01-01' },
    careful: {
      ...main,
      when: [{ claim: ['n'], equals: 'careful' }],
      unless: [{ claim: ['fork'], equals: true }],
    },
    strict: { ...main, role: 'strict', when: [{ claim: ['n'], equals: 'strict' }] },
    once: { ...main, role: 'quick-look', when: [{ claim: ['n'], equals: 'once' }], singleUse: true },
  }
  const strict = { ...usual.roles['app-artifacts'], never: [{ claim: ['ref'], equals: 'refs/heads/main' }] }
  const wanted = { ...usual, roles: { ...usual.roles, strict }, mappings }
  // An issuer that was configured, and is disabled.
  for (const issuers of [{ ...usual.issuers, gone: { ...usual.issuers.ci, url: gone.url } }, usual.issuers]) {
    const applied = await vendor.apply({ ...wanted, issuers })
    expect(applied.status, JSON.stringify(applied.body)).toBe(200)
  }
})
afterAll(async () => {
  await vendor.stop()
  await Promise.all([store.stop(), gone.stop()])
})

const arn = (role: string) => `arn:aws:iam::${ACCOUNT}:role/${role}`
const ask = (claims: Record<string, unknown>, role = 'app-artifacts') =>
  vendor.exchange(vendor.token({ repository_id: '7', ...claims }), { resource: arn(role) })

/** All that a caller sees of an answer, but its request id and its date. */
function seen({ status, headers, body }: Answer): string {
  const shown = [...headers].filter(([name]) => name !== 'date')
  return JSON.stringify([status, shown, { ...body, request_id: '' }])
}

test('which mapping failed, and how, and whether the role is there, shows in no byte of the answer', async () => {
  const answers = {
    'a role that is none': await ask({}, 'app-artifact'),
    'a role of another account': await vendor.exchange(vendor.token({ repository_id: '7' }), {
      resource: 'arn:aws:iam::999999999999:role/app-artifacts',
    }),
    'a role without a mapping for it': await ask({}, 'strict'),
    'the first condition fails': await ask({ repository_id: '43' }),
    'the second condition fails': await ask({ repository_id: '42', ref: 'x' }),
    'a claim is missing': await ask({ repository_id: undefined }),
    'a claim is of another type': await ask({ repository_id: 42 }),
    'a mapping that is off': await ask({ n: 'off' }),
    'a mapping in shadow': await ask({ n: 'shadow' }),
    'a mapping that has expired': await ask({ n: 'past' }),
    'an exception that holds': await ask({ n: 'careful', fork: true }),
    'an exception without its claim': await ask({ n: 'careful' }),
    'a never of the role': await ask({ n: 'strict' }, 'strict'),
    'no jti for a single use': await ask({ n: 'once', repository_id: '7' }, 'quick-look'),
    'a value that no path has': await ask({ repository_id: '42', repository: '../x' }),
  }
  expect(
    [...Map.groupBy(Object.entries(answers), ([, answer]) => seen(answer)).values()].map((same) =>
      same.map(([name]) => name),
    ),
  ).toEqual([Object.keys(answers)])
})

test('an issuer that is unknown and one that is disabled are answered alike, and so is every token that does not verify', async () => {
  const token = vendor.token()
  const [header = '', payload = ''] = token.split('.')
  const answers = {
    unknown: await ask({ iss: gone.url.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10)) }),
    disabled: await ask({ iss: gone.url }),
    'a bad signature': await vendor.exchange(`${header}.${payload}.${'A'.repeat(342)}`),
    'an unknown kid': await vendor.exchange(vendor.token({}, { kid: 'nobody' })),
    'no algorithm': await vendor.exchange(vendor.token({}, { alg: 'none' })),
    'no token at all': await vendor.exchange('x.y.z'),
  }
  expect(new Set(Object.values(answers).map(seen)).size).toBe(1)
})

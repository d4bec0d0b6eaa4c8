import type { LookupAddress, lookup } from 'node:dns'
import { expect, test } from 'vitest'
import { addressCheck, compileRanges, createCheckedLookup, isAllowedHost } from './net-address.ts'

const isPublic = addressCheck([])
const FORBIDDEN: Readonly<Record<string, readonly string[]>> = {
  'this network': ['http://0.0.0.0/', 'http://0/', 'http://0.1.2.3/'],
  loopback: [
    'http://127.0.0.1/',
    'http://127.255.255.254/',
    'http://127.1/',
    'http://[::1]/',
    'http://[::]/',
  ],
  'loopback in other numbers': [
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://017700000001/',
    'http://0177.0.0.1/',
    'http://0177.0x0.0.01/',
    'http://127.0.0.1./',
    'http://１２７.０.０.１/',
    'http://①②⑦.⓪.⓪.①/',
    'http://127。0。0。1/',
    'http://127.0.0.%31/',
  ],
  private: ['http://10.0.0.1/', 'http://172.16.0.1/', 'http://172.31.255.255/', 'http://192.168.1.1/'],
  shared: ['http://100.64.0.1/', 'http://100.127.255.255/', 'http://100.100.100.200/'],
  'link-local and metadata': [
    'http://169.254.169.254/latest/meta-data/',
    'http://169.254.170.2/',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://0251.0376.0251.0376/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[febf::1]/',
  ],
  'protocol assignments': ['http://192.0.0.1/', 'http://192.0.0.192/', 'http://192.88.99.1/'],
  documentation: [
    'http://192.0.2.1/',
    'http://198.51.100.1/',
    'http://203.0.113.1/',
    'http://[2001:db8::1]/',
    'http://[3fff::1]/',
  ],
  benchmarks: ['http://198.18.0.1/', 'http://198.19.255.255/', 'http://[2001:2::1]/'],
  'multicast and reserved': [
    'http://224.0.0.1/',
    'http://239.255.255.255/',
    'http://240.0.0.1/',
    'http://255.255.255.255/',
    'http://[ff02::1]/',
  ],
  'IPv4 in IPv6': [
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::ffff:169.254.169.254]/',
    'http://[::127.0.0.1]/',
    'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::169.254.169.254]/',
    'http://[64:ff9b::a9fe:a9fe]/',
    'http://[64:ff9b:1::1]/',
    'http://[2002:7f00:1::]/',
    'http://[2002:a9fe:a9fe::]/',
    'http://[2001:0:7f00:1::]/',
  ],
  'unique local and site-local': ['http://[fc00::1]/', 'http://[fdff::1]/', 'http://[fec0::1]/'],
  'no global unicast': ['http://[100::1]/', 'http://[5f00::1]/', 'http://[4000::1]/', 'http://[8000::1]/'],
}

test.each(Object.entries(FORBIDDEN).flatMap(([kind, urls]) => urls.map((url) => ({ kind, url }))))(
  'refuses $kind: $url',
  ({ url }) => expect(isAllowedHost(new URL(url).hostname, isPublic)).toBe(false),
)

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '9.255.255.255',
  '11.0.0.0',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2a00:1450:4001::1',
  '3ffe::1',
])('takes the public address %s', (address) => {
  expect(isPublic(address)).toBe(true)
  expect(addressCheck(['10.0.0.0/8', 'fd00::/8'])(address)).toBe(true)
})

test.each(['', 'localhost', '1.2.3', '1.2.3.4.5', '::g', '1.2.3.4/8', '[::1]'])(
  'takes no text that is no address: %s',
  (text) => expect(isPublic(text)).toBe(false),
)

test('takes what was allowed by name, mapped too, and nothing beside it', () => {
  const allowed = addressCheck(['10.1.0.0/16', 'fd12::/32', '127.0.0.1'])
  for (const one of ['10.1.2.3', '::ffff:10.1.2.3', '::ffff:a01:203', 'fd12::9', '127.0.0.1'])
    expect([one, allowed(one)]).toEqual([one, true])
  for (const one of ['10.2.0.1', '127.0.0.2', 'fd13::1', '::1', '::ffff:10.2.0.1', '169.254.169.254'])
    expect([one, allowed(one)]).toEqual([one, false])
})

test('an IPv6 range holds no IPv4 address, even where it holds the mapped ones', () => {
  expect(compileRanges(['::/0'])('8.8.8.8')).toBe(false)
  expect(compileRanges(['::ffff:0:0/96'])('8.8.8.8')).toBe(false)
  expect(compileRanges(['0.0.0.0/0'])('2606:4700::1')).toBe(false)
})

const resolver = (answers: readonly LookupAddress[]) =>
  ((_name: string, _options: object, done: (error: null, addresses: readonly LookupAddress[]) => void) =>
    done(null, answers)) as unknown as typeof lookup // the one overload that is used

const resolved = (answers: readonly string[], all: boolean) =>
  new Promise((resolve) => {
    const found = answers.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    createCheckedLookup(isPublic, resolver(found))('issuer.example.com', { all }, (error, address) =>
      resolve(error === null ? address : 'code' in error ? error.code : error.message),
    )
  })

test.each([
  { name: 'one private address', answers: ['10.0.0.1'] },
  { name: 'the metadata address', answers: ['169.254.169.254'] },
  { name: 'a private address behind a public one', answers: ['1.1.1.1', '127.0.0.1'] },
  { name: 'loopback by IPv6 beside a public IPv4', answers: ['1.1.1.1', '::1'] },
  { name: 'a mapped private address', answers: ['::ffff:10.0.0.1'] },
  { name: 'a link-local address with its zone', answers: ['fe80::1%eth0'] },
  { name: 'nothing', answers: [] },
])('refuses a name that resolves to $name', async ({ answers }) => {
  expect(await resolved(answers, false)).toBe('ADDRESS_REFUSED')
  expect(await resolved(answers, true)).toBe('ADDRESS_REFUSED')
})

test('hands on what was checked, and nothing else', async () => {
  expect(await resolved(['1.1.1.1', '8.8.8.8'], false)).toBe('1.1.1.1')
  expect(await resolved(['1.1.1.1'], true)).toEqual([{ address: '1.1.1.1', family: 4 }])
})

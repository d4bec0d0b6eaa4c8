import { expect, test } from 'vitest'
import { createSourceReader } from './source.ts'

const CASES = [
  {
    name: 'takes the peer where no proxy is trusted',
    trusted: [],
    peer: '203.0.113.9',
    forwarded: '1.2.3.4',
    ip: '203.0.113.9',
    proxies: [],
  },
  {
    name: 'ignores the header of a peer that is not trusted',
    trusted: ['10.0.0.0/8'],
    peer: '203.0.113.9',
    forwarded: '1.2.3.4',
    ip: '203.0.113.9',
    proxies: [],
  },
  {
    name: 'believes a trusted proxy',
    trusted: ['10.0.0.0/8'],
    peer: '10.1.1.1',
    forwarded: '203.0.113.9',
    ip: '203.0.113.9',
    proxies: ['10.1.1.1'],
  },
  {
    name: 'takes the rightmost hop that is not trusted',
    trusted: ['10.0.0.0/8'],
    peer: '10.1.1.1',
    forwarded: '6.6.6.6, 203.0.113.9, 10.2.2.2',
    ip: '203.0.113.9',
    proxies: ['10.1.1.1', '10.2.2.2'],
  },
  {
    name: 'stops at what is no address',
    trusted: ['10.0.0.0/8'],
    peer: '10.1.1.1',
    forwarded: '203.0.113.9, evil',
    ip: '10.1.1.1',
    proxies: [],
  },
  {
    name: 'takes a trusted proxy itself where it names nobody',
    trusted: ['10.0.0.0/8'],
    peer: '10.1.1.1',
    forwarded: undefined,
    ip: '10.1.1.1',
    proxies: [],
  },
  {
    name: 'reads an IPv4 peer of a dual-stack socket',
    trusted: ['10.0.0.0/8'],
    peer: '::ffff:10.1.1.1',
    forwarded: '203.0.113.9',
    ip: '203.0.113.9',
    proxies: ['10.1.1.1'],
  },
  {
    name: 'knows IPv6 ranges',
    trusted: ['fd00::/8'],
    peer: 'fd00::1',
    forwarded: '2001:db8::7',
    ip: '2001:db8::7',
    proxies: ['fd00::1'],
  },
] as const

test.each(CASES)('$name', ({ trusted, peer, forwarded, ip, proxies }) => {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  expect(createSourceReader(trusted)(peer, headers)).toEqual({ ip, proxies, userAgent: null })
})

test('cuts a user agent at 128 characters', () => {
  expect(createSourceReader([])('::1', { 'user-agent': 'x'.repeat(500) }).userAgent).toHaveLength(128)
})

import { gzipSync } from 'node:zlib'
import type { Fault } from '../support/issuer-fault.ts'

/** What an issuer does wrong, with which of its documents, and the reason that the audit log gives for it. */
export type IssuerFault = { readonly name: string; readonly reason: string } & (
  | { readonly document: 'discovery' | 'jwks'; readonly fault: Fault }
  | { readonly discovery: Readonly<Record<string, unknown>> }
)

const METADATA = 'http://169.254.169.254/latest/meta-data/'
const keys = (count: number) => JSON.stringify({ keys: Array.from({ length: count }, () => ({})) })
const answers = (body: string | Uint8Array): Fault => ({ kind: 'body', body })

const OF_BOTH: readonly { readonly name: string; readonly reason: string; readonly fault: Fault }[] = [
  { name: 'that hangs', reason: 'deadline', fault: { kind: 'hang' } },
  { name: 'that stops half way', reason: 'deadline', fault: { kind: 'stall' } },
  { name: 'that drips', reason: 'deadline', fault: { kind: 'drip', milliseconds: 200 } },
  { name: 'that is cut', reason: 'unreachable', fault: { kind: 'reset' } },
  { name: 'of 100 MB', reason: 'too_large', fault: { kind: 'flood', bytes: 100 * 1024 * 1024 } },
  { name: 'of 101 KB', reason: 'too_large', fault: { kind: 'oversized', bytes: 101 * 1024 } },
  {
    name: 'of 101 KB in chunks',
    reason: 'too_large',
    fault: { kind: 'oversized', bytes: 101 * 1024, chunked: true },
  },
  { name: 'that redirects to metadata', reason: 'redirect', fault: { kind: 'redirect', location: METADATA } },
  {
    name: 'that redirects for good',
    reason: 'redirect',
    fault: { kind: 'redirect', location: '/', status: 308 },
  },
  { name: 'that fails', reason: 'status', fault: { kind: 'status', status: 500 } },
  { name: 'that is not there', reason: 'status', fault: { kind: 'status', status: 404 } },
  { name: 'that has no content', reason: 'status', fault: { kind: 'status', status: 204 } },
  { name: 'that is a page', reason: 'not_json', fault: answers('<html></html>') },
  { name: 'that is empty', reason: 'not_json', fault: answers('') },
  { name: 'that is a list', reason: 'not_json', fault: answers('[]') },
  { name: 'that is not UTF-8', reason: 'not_json', fault: answers(Buffer.from([0x7b, 0xff, 0x7d])) },
  {
    name: 'whose members stand twice',
    reason: 'not_json',
    fault: answers('{"keys":[],"keys":[],"issuer":"a","issuer":"b"}'),
  },
  {
    name: 'that is compressed, a bomb',
    reason: 'not_json',
    fault: answers(gzipSync(Buffer.alloc(50_000_000, 0x20))),
  },
  { name: 'that is nested without end', reason: 'not_json', fault: answers(`{"keys":${'['.repeat(50_000)}`) },
]

export const ISSUER_FAULTS: readonly IssuerFault[] = [
  ...(['discovery', 'jwks'] as const).flatMap((document) =>
    OF_BOTH.map(({ name, reason, fault }) => ({
      name: `${document === 'jwks' ? 'a key set' : 'a discovery'} ${name}`,
      document,
      fault,
      reason: `${document}_${reason}`,
    })),
  ),
  { name: 'a key set of 65 keys', document: 'jwks', fault: answers(keys(65)), reason: 'jwks_not_a_key_set' },
  {
    name: 'a key set of 10,000 keys',
    document: 'jwks',
    fault: answers(keys(10_000)),
    reason: 'jwks_not_json',
  },
  { name: 'a key set without keys', document: 'jwks', fault: answers('{}'), reason: 'jwks_not_a_key_set' },
  {
    name: 'a key set whose keys are no list',
    document: 'jwks',
    fault: answers('{"keys":{}}'),
    reason: 'jwks_not_a_key_set',
  },
  {
    name: 'a discovery that names another issuer',
    discovery: { issuer: 'https://evil.example.com' },
    reason: 'discovery_names_another_issuer',
  },
  {
    name: 'a discovery that names no issuer',
    discovery: { issuer: undefined },
    reason: 'discovery_names_another_issuer',
  },
  {
    name: 'a discovery that names a list of issuers',
    discovery: { issuer: ['https://a'] },
    reason: 'discovery_names_another_issuer',
  },
  {
    name: 'a discovery without jwks_uri',
    discovery: { jwks_uri: undefined },
    reason: 'discovery_without_jwks_uri',
  },
  {
    name: 'a discovery whose jwks_uri is a number',
    discovery: { jwks_uri: 7 },
    reason: 'discovery_without_jwks_uri',
  },
  {
    name: 'a discovery whose jwks_uri is very long',
    discovery: { jwks_uri: `https://a/${'x'.repeat(3_000)}` },
    reason: 'discovery_without_jwks_uri',
  },
  { name: 'a discovery that leads to metadata', discovery: { jwks_uri: METADATA }, reason: 'jwks_address' },
  {
    name: 'a discovery that leads to metadata in IPv6',
    discovery: { jwks_uri: 'http://[::ffff:169.254.169.254]/' },
    reason: 'jwks_address',
  },
  {
    name: 'a discovery that leads inside',
    discovery: { jwks_uri: 'https://10.0.0.1/jwks' },
    reason: 'jwks_address',
  },
  {
    name: 'a discovery that leads to everywhere',
    discovery: { jwks_uri: 'http://0.0.0.0/jwks' },
    reason: 'jwks_address',
  },
  {
    name: 'a discovery that leads to a decimal address',
    discovery: { jwks_uri: 'http://2852039166/jwks' },
    reason: 'jwks_address',
  },
  {
    name: 'a discovery that leads to a file',
    discovery: { jwks_uri: 'file:///etc/passwd' },
    reason: 'jwks_url',
  },
  {
    name: 'a discovery that leads to data',
    discovery: { jwks_uri: 'data:application/json,{"keys":[]}' },
    reason: 'jwks_url',
  },
  {
    name: 'a discovery whose jwks_uri has a user',
    discovery: { jwks_uri: 'https://a:b@example.com/' },
    reason: 'jwks_url',
  },
]

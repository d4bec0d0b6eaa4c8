import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { BlockList, isIP } from 'node:net'

/**
 * Addresses that no name on the internet should lead to (RFC 6890 and its kin): loopback, private, link-local with the
 * clouds' metadata, shared, documentation, multicast, reserved. IPv4 inside IPv6 is judged as IPv4.
 */
const SPECIAL = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const

/** Compiles CIDR ranges once. A text that is no range throws a TypeError: the schema lets none through. */
export function compileRanges(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const ipv6 = isIP(address) === 6
    list.addSubnet(address, bits === undefined ? (ipv6 ? 128 : 32) : Number(bits), ipv6 ? 'ipv6' : 'ipv4')
  }
  return (address) => {
    const family = isIP(address)
    return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }
}

const isSpecial = compileRanges(SPECIAL)

/** Whether an outbound connection may go to this address: public, or inside a range that was allowed by name. */
export function addressCheck(allowPrivateAddresses: readonly string[]): (address: string) => boolean {
  const allowed = compileRanges(allowPrivateAddresses)
  return (address) =>
    isIP(address) !== 0 && (!isSpecial(address) || allowed(unmapped(address)) || allowed(address))
}

/** Thrown into the connector when a name leads where it must not; its message names no address. */
export class AddressRefusedError extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/**
 * A resolver for a connector: resolves once, checks every answer, and hands on only what was checked, so that nothing
 * can change between the check and the connection. One forbidden answer among several refuses them all.
 */
export function createCheckedLookup(isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      const [first] = addresses
      if (first === undefined || !addresses.every(({ address }) => isAllowed(address))) {
        return callback(new AddressRefusedError('the name resolves to an address that is not allowed'), '', 0)
      }
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}

/** Connectors do not resolve literals, so these are checked before. Names pass here and are checked when resolved. */
export function isAllowedHost(hostname: string, isAllowed: (address: string) => boolean): boolean {
  const literal = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return isIP(literal) === 0 || isAllowed(literal)
}

function unmapped(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

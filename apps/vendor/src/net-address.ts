import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { BlockList, isIP } from 'node:net'

/**
 * Addresses that no name on the internet should lead to (the registries of RFC 6890). IPv4: loopback, private,
 * link-local with the clouds' metadata, shared, documentation, multicast, reserved.
 */
const SPECIAL_IPV4 = [
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
] as const
/**
 * IPv6: only 2000::/3 is global unicast (RFC 4291 §2.4), so everything outside is refused whole: loopback, IPv4-mapped
 * and -translated, NAT64, ULA, link-local, site-local, multicast. Inside it: what carries an IPv4 address (Teredo,
 * 6to4), benchmarks and documentation.
 */
const SPECIAL_IPV6 = [
  '::/3',
  '4000::/2',
  '8000::/1',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
] as const

/**
 * Compiles CIDR ranges once. A text that is no range throws a TypeError: the schema lets none through. An IPv4 range
 * also holds those addresses mapped into IPv6; an IPv6 range holds no IPv4 address.
 */
export function compileRanges(ranges: readonly string[]): (address: string) => boolean {
  const [ipv4, ipv6] = [new BlockList(), new BlockList()]
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    if (isIP(address) === 6) ipv6.addSubnet(address, bits === undefined ? 128 : Number(bits), 'ipv6')
    else ipv4.addSubnet(address, bits === undefined ? 32 : Number(bits), 'ipv4')
  }
  return (address) => {
    const family = isIP(address)
    // A BlockList reads an IPv4 address as ::ffff:…, and so finds all of them in ::ffff:0:0/96: two lists, not one.
    if (family === 4) return ipv4.check(address, 'ipv4')
    return family === 6 && (ipv6.check(address, 'ipv6') || ipv4.check(address, 'ipv6'))
  }
}

const isSpecial = compileRanges([...SPECIAL_IPV4, ...SPECIAL_IPV6])

/** Whether an outbound connection may go to this address: public, or inside a range that was allowed by name. */
export function addressCheck(allowPrivateAddresses: readonly string[]): (address: string) => boolean {
  const allowed = compileRanges(allowPrivateAddresses)
  return (address) => isIP(address) !== 0 && (!isSpecial(address) || allowed(address))
}

/** Thrown into the connector when a name leads where it must not; its message names no address. */
export class AddressRefusedError extends Error {
  readonly code = 'ADDRESS_REFUSED'
}

/**
 * A resolver for a connector: resolves once, checks every answer, and hands on only what was checked, so that nothing
 * can change between the check and the connection. One forbidden answer among several refuses them all.
 */
export function createCheckedLookup(
  isAllowed: (address: string) => boolean,
  resolve: typeof systemLookup = systemLookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
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

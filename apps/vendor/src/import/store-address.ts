import type { lookup as systemLookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { addressCheck } from '../net-address.ts'

/**
 * Which addresses of a store Stint would not go to by itself, as CIDR ranges of one address: they must stand at the
 * target. Nothing where its name does not resolve here.
 */
export async function privateAddressesOf(
  endpoint: string,
  lookup: typeof systemLookup,
): Promise<readonly string[]> {
  const isPublic = addressCheck([])
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '')
  const addresses =
    isIP(host) === 0
      ? await lookup(host, { all: true }).catch(() => [])
      : [{ address: host, family: isIP(host) }]
  const ranges = addresses
    .filter(({ address }) => !isPublic(address))
    .map(({ address, family }) => `${address}/${family === 6 ? 128 : 32}`)
  return [...new Set(ranges)].toSorted()
}

import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import type { Source } from '../domain/audit-event.ts'

const MAX_USER_AGENT = 128
const MAX_HOPS = 16

/**
 * Where a request came from. `X-Forwarded-For` is believed only as far as trusted proxies wrote it: from the right,
 * each hop that is itself trusted is taken off, and the first that is not is the source.
 */
export function createSourceReader(trustedProxies: readonly string[]) {
  const trusted = blockList(trustedProxies)
  return (remoteAddress: string | undefined, headers: IncomingHttpHeaders): Source => {
    const peer = plain(remoteAddress ?? '')
    const agent = headers['user-agent']
    const userAgent = agent === undefined ? null : agent.slice(0, MAX_USER_AGENT)
    if (trustedProxies.length === 0 || !contains(trusted, peer)) return { ip: peer, proxies: [], userAgent }
    return { ...walk(peer, forwarded(headers), trusted), userAgent }
  }
}

function walk(peer: string, hops: readonly string[], trusted: BlockList): { ip: string; proxies: string[] } {
  const proxies = [peer]
  for (const hop of hops.toReversed().slice(0, MAX_HOPS)) {
    if (isIP(hop) === 0) break
    if (!contains(trusted, hop)) return { ip: hop, proxies }
    proxies.push(hop)
  }
  return { ip: proxies.pop() ?? peer, proxies }
}

function forwarded(headers: IncomingHttpHeaders): readonly string[] {
  const header = headers['x-forwarded-for']
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return text.split(',').map((hop) => plain(hop.trim()))
}

/** Node shows an IPv4 peer of a dual-stack socket as ::ffff:a.b.c.d. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function contains(list: BlockList, address: string): boolean {
  const family = isIP(address)
  return family !== 0 && list.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return list
}

/** An IP network: its bits, how many of them there are, and how many of those it fixes. */
type Network = { readonly bits: bigint; readonly width: 32 | 128; readonly length: number }

/** Whether the network of the first text holds the address, or the whole network, of the second; false where one is none. */
export function networkHolds(outer: string, inner: string): boolean {
  const [wide, narrow] = [parseNetwork(outer), parseNetwork(inner)]
  if (wide === null || narrow === null) return false
  if (wide.width !== narrow.width || narrow.length < wide.length) return false
  const rest = BigInt(wide.width - wide.length)
  return wide.bits >> rest === narrow.bits >> rest
}

function parseNetwork(text: string): Network | null {
  const [address = '', length] = text.split('/')
  const bits = address.includes(':') ? bitsOf6(address) : bitsOf4(address)
  if (bits === null) return null
  const width = address.includes(':') ? 128 : 32
  const fixed = length === undefined ? width : Number(length)
  return Number.isInteger(fixed) && fixed >= 0 && fixed <= width ? { bits, width, length: fixed } : null
}

function bitsOf4(address: string): bigint | null {
  const octets = address.split('.')
  if (octets.length !== 4 || !octets.every((one) => /^[0-9]{1,3}$/.test(one) && Number(one) <= 255))
    return null
  return octets.reduce((bits, one) => (bits << 8n) | BigInt(one), 0n)
}

function bitsOf6(address: string): bigint | null {
  const [head = '', tail] = address.split('::')
  const groups = (text: string) => (text === '' ? [] : text.split(':'))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const zeros = 8 - before.length - after.length
  if (zeros < 0 || (tail === undefined && zeros !== 0)) return null
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  if (!all.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return null
  return all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}

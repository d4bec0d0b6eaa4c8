import type { Receipt } from '../ports.ts'

/**
 * The value of the header `stint-receipt` (RECEIPT_HEADER), for doors whose answer has no place for a receipt: base64url
 * of its text, without what is said of the intent. Proxies take 4 KB of headers in all, and this is at most 3.
 */
export function receiptHeader(receipt: Receipt): string {
  const [head = '', extra = '', ...rest] = receipt.split('\n')
  const [record = ''] = Buffer.from(extra.slice('extra '.length), 'base64').toString().split('\n')
  const short = [head, `extra ${Buffer.from(record).toString('base64')}`, ...rest].join('\n')
  return Buffer.from(short).toString('base64url')
}

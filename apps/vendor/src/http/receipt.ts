import { RECEIPT_HEADER } from '@stint/sts-client/wire'
import type { Receipt } from '../ports.ts'

/** The header of an answer that has no place for a receipt in its body. */
export function receiptHeaders(receipt: Receipt): Readonly<Record<string, string>> {
  return { [RECEIPT_HEADER]: receiptHeader(receipt) }
}

/**
 * The value of the header `stint-receipt` (RECEIPT_HEADER), for doors whose answer has no place for a receipt: base64url
 * of its text, without what is said of the intent. Proxies take 4 KB of headers in all, and this is at most 3.
 */
export function receiptHeader({ proof, checkpoint }: Receipt): string {
  const [head = '', extra = '', ...rest] = `${proof}${checkpoint}`.split('\n')
  const [record = ''] = Buffer.from(extra.slice('extra '.length), 'base64').toString().split('\n')
  const short = [head, `extra ${Buffer.from(record).toString('base64')}`, ...rest].join('\n')
  return Buffer.from(short).toString('base64url')
}

/** The last checkpoint that was written: an answer after the other has the same. */
let last = { checkpoint: '', json: '""' }

/**
 * The receipt as a JSON string, in ASCII. A checkpoint's signature begins with an em dash, and one such character in an
 * answer makes every other of it twice as long on its way to the socket.
 */
export function receiptJson({ proof, checkpoint }: Receipt): string {
  if (checkpoint !== last.checkpoint) {
    const json = JSON.stringify(checkpoint).replace(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    last = { checkpoint, json }
  }
  return JSON.stringify(proof).slice(0, -1) + last.json.slice(1)
}

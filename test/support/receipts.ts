import { expect } from 'vitest'
import { verifyReceipt } from '../../packages/sts-client/src/receipt.ts'
import type { ChildVendor } from './vendor.ts'

/**
 * That a receipt holds by the log's own key, and is of this very session: its record is what the log has of the request
 * (`req_…`), the outcome, and an intent stands before it.
 */
export async function expectReceipt(
  vendor: ChildVendor,
  receipt: string | null,
  of: { readonly accessKeyId: string; readonly request: string },
): Promise<void> {
  const keys = (await (await fetch(`${vendor.url}/log/keys`)).text()).trim().split('\n')
  const [issued] = await vendor.events(`type=assume.issued&request=${of.request}`)
  const { accessKeyId } = of
  const verified = await verifyReceipt(receipt ?? '', keys, { accessKeyId })
  expect(JSON.parse(verified.record)).toEqual(issued?.event)
  expect(verified.seq).toBe(issued?.seq)
}

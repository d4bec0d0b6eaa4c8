import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { askApi } from './admin-api.ts'
import { reviewClient } from './reviews.ts'
import type { ChildVendor } from './vendor.ts'

const DAY_MS = 86_400_000

type Reviewed = {
  readonly ahead?: number
  readonly between?: () => Promise<void>
  readonly names?: readonly string[]
}

/** A review of the mappings, up to its seal; `between` comes when it runs. */
export async function sealedReview(
  vendor: ChildVendor,
  { ahead = 0, between = async () => {}, names = ['app-main', 'app-quick'] }: Reviewed = {},
): Promise<string> {
  const client = reviewClient(vendor)
  const day = (days: number) => new Date(Date.now() + ahead + days * DAY_MS).toISOString()
  const id = await client.running({
    scope: { kinds: ['mapping'] },
    period: { from: day(-90), to: day(1) },
    dueAt: day(30),
  })
  await between()
  for (const name of names) {
    const { item } = await client.item(id, name)
    expect((await client.decide(id, item.n, { verdict: 'attest' })).status).toBe(200)
  }
  await client.sealed(id)
  return id
}

export const make = (vendor: ChildVendor, id: string) =>
  askApi(vendor, `/v1/admin/reviews/${id}/evidence`, { method: 'POST', as: 'ada', body: {} })
export const stateOf = async (vendor: ChildVendor, id: string) =>
  (await askApi(vendor, `/v1/admin/reviews/${id}/evidence`, { as: 'ada' })).body

export async function fetched(vendor: ChildVendor, id: string): Promise<Buffer> {
  const token = vendor.admin.sign({ sub: 'ada', aud: 'stint-admin' })
  const response = await fetch(`${vendor.url}/v1/admin/reviews/${id}/evidence.tar`, {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

export async function made(vendor: ChildVendor, id: string): Promise<Buffer> {
  expect(await make(vendor, id)).toMatchObject({ status: 200, body: { state: 'ready' } })
  return fetched(vendor, id)
}

export const forget = (vendor: ChildVendor, id: string) =>
  rmSync(join(vendor.dataFolder, 'evidence', `${id}.tar`))

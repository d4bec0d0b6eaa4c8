import type { ChildVendor } from './vendor.ts'

export type GivenSession = { readonly accessKey: string; readonly sub: string }

/** What a store posts of a session: one entry a call. */
export type ToldCall = { readonly api: string; readonly key: string; readonly status: number }

/** Posts to the intake of `store` as MinIO does; answers with the status. */
export async function storeTells(
  vendor: ChildVendor,
  session: GivenSession,
  of: { readonly calls: readonly ToldCall[]; readonly atMs: number; readonly secret: string },
): Promise<number> {
  const entries = of.calls.map(({ api, key, status }, at) => ({
    time: new Date(of.atMs).toISOString(),
    api: { name: api, bucket: 'artifacts', object: key, statusCode: status },
    requestID: `${session.accessKey}-${session.sub}-${at}`,
    requestClaims: { ...session, iss: `${vendor.url}/oidc/store` },
    accessKey: session.accessKey,
  }))
  const answer = await fetch(`${vendor.url}/v1/intake/store`, {
    method: 'POST',
    headers: { authorization: of.secret },
    body: entries.map((entry) => JSON.stringify(entry)).join('\n'),
  })
  return answer.status
}

/** The session that was given last. */
export async function newestSession(vendor: ChildVendor): Promise<GivenSession> {
  const [newest] = await vendor.events('type=assume.issued&limit=1')
  if (newest?.event.type !== 'assume.issued') throw new Error('nothing was given')
  return { accessKey: newest.event.accessKeyId ?? '', sub: newest.event.assumption }
}

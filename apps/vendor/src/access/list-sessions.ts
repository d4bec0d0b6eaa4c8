import { createAdminHttp } from '../import/admin-http.ts'
import { LISTED_KEYS, readShape } from '../import/store-shapes.ts'
import { addressCheck, createCheckedLookup, isAllowedHost } from '../net-address.ts'
import type { ListedSession, ListedStore, Listing } from '../ports/access.ts'

const LIST = 'idp/openid/list-access-keys-bulk'
const EVERYTHING = { listType: 'all', all: 'true', allConfigs: 'true' }
const MAX_TEXT = 256

/**
 * The sessions, and the lasting keys made out of them, that a MinIO has of its identity providers. It tells those that it
 * has in memory: after a restart of it, one that was not used since is missing. Whoever asks needs `admin:ListUsers` and
 * `admin:ListServiceAccounts`. Never rejects.
 */
export async function listSessions(store: ListedStore, nowMs: number): Promise<Listing> {
  const isAllowed = addressCheck(store.allowPrivateAddresses)
  if (!isAllowedHost(new URL(store.endpoint).hostname, isAllowed))
    return { ok: false, code: 'ADDRESS_REFUSED' }
  await using http = createAdminHttp({
    endpoint: store.endpoint,
    accessKey: store.accessKeyId,
    secretKey: store.secret,
    ca: null,
    nowMs: () => nowMs,
    lookup: createCheckedLookup(isAllowed),
  })
  const reply = await http.get(LIST, EVERYTHING)
  if (reply.status !== 200) return { ok: false, code: (reply.code || String(reply.status)).slice(0, 64) }
  const listed = readShape(LISTED_KEYS, reply.body)
  if (listed === null) return { ok: false, code: reply.code || 'unreadable' }
  const sessions = listed.flatMap(({ users }) =>
    users.flatMap(({ ID: sub, minioAccessKey: parent, stsKeys, serviceAccounts }) => {
      const of = (lasting: boolean) => (key: (typeof stsKeys)[number]) =>
        listedSession(key, { sub, parent, lasting })
      return [...stsKeys.map(of(false)), ...serviceAccounts.map(of(true))]
    }),
  )
  return { ok: true, sessions }
}

function listedSession(
  key: { readonly accessKey: string; readonly expiration: string },
  whose: { readonly sub: string; readonly parent: string; readonly lasting: boolean },
): ListedSession {
  const expiresMs = Date.parse(key.expiration)
  return {
    accessKeyId: key.accessKey.slice(0, MAX_TEXT),
    sub: textOrNull(whose.sub),
    parent: textOrNull(whose.parent),
    // Year 1 or 1970 is how it says never.
    expiresMs: expiresMs > 0 ? expiresMs : null,
    lasting: whose.lasting,
  }
}

function textOrNull(text: string): string | null {
  return text === '' ? null : text.slice(0, MAX_TEXT).toWellFormed()
}

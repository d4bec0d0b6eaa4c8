import type { Answer, TestVendor } from './vendor.ts'

export type AdminAsk = {
  readonly method?: string
  readonly body?: unknown
  /** Sent as it is, in the place of `body`. */
  readonly raw?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Whose token; left out: the first administrator's. null: none. */
  readonly as?: string | null
}

/** A token of the admin audience for that subject. */
function adminToken(vendor: TestVendor, sub: string): string {
  return vendor.admin.sign({ sub, aud: 'stint-admin' })
}

/** Asks the admin API as somebody. */
export async function askApi(vendor: TestVendor, path: string, ask: AdminAsk = {}): Promise<Answer> {
  const { method = 'GET', body, raw, headers = {}, as = 'first-administrator' } = ask
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const response = await fetch(vendor.url + path, {
    method,
    headers: {
      ...(as === null ? {} : { authorization: `Bearer ${adminToken(vendor, as)}` }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(text === undefined ? {} : { body: text }),
  })
  const answered = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: bodyOf(response, answered),
  }
}

/** Of an answer that is no JSON its text, as `text`. */
function bodyOf(response: Response, text: string): Answer['body'] {
  if (text === '') return {}
  return /^application\/(problem\+)?json\b/.test(response.headers.get('content-type') ?? '')
    ? JSON.parse(text)
    : { text }
}

/** Seven people, each with one admin role, and `ann` a second time as an approver; all of the admin's own issuer. */
export function administrators(vendor: TestVendor) {
  const binding = (sub: string, person: string, ...roles: string[]) => ({
    issuer: 'staff',
    sub,
    person,
    roles,
  })
  return {
    issuers: {
      staff: {
        url: vendor.admin.url,
        audiences: ['https://staff.example.com'],
        for: 'human',
        allowPrivateAddresses: ['127.0.0.0/8'],
      },
    },
    admins: {
      ann: binding('ann', 'ann@example.com', 'author'),
      'ann-again': binding('ann-2', 'ann@example.com', 'approver'),
      bob: binding('bob', 'bob@example.com', 'approver', 'author'),
      vic: binding('vic', 'vic@example.com', 'viewer'),
      opal: binding('opal', 'opal@example.com', 'operator'),
      rita: binding('rita', 'rita@example.com', 'reviewer'),
      ada: binding('ada', 'ada@example.com', 'auditor'),
      pia: binding('pia', 'pia@example.com', 'privacy'),
      abe: binding('abe', 'abe@example.com', 'approver'),
    },
  }
}

import type { Context } from 'hono'
import { VendorError } from '../errors.ts'
import { hasMediaType, readBody } from '../http/body.ts'
import type { Env } from '../http/context.ts'
import type { Session } from './sessions.ts'
import type { Site } from './site.ts'

const MAX_FORM_BYTES = 64 * 1024

/**
 * The form of a change, if a page of ours sent it: browsers say where a request comes from (Fetch Metadata, Origin), and
 * the form has the token of the session. All that is said must be right, and something must be said. Throws
 * `request_forged`, `content_type_refused`, `body_too_large`.
 */
export async function guardedForm(
  c: Context<Env>,
  of: {
    readonly site: Site
    readonly session: Session
    readonly sameText: (a: string, b: string) => boolean
  },
): Promise<URLSearchParams> {
  const [from, origin] = [c.req.header('sec-fetch-site'), c.req.header('origin')]
  const isSaid = from !== undefined || origin !== undefined
  const isOurs = (from ?? 'same-origin') === 'same-origin' && (origin ?? of.site.origin) === of.site.origin
  if (!isSaid || !isOurs) throw new VendorError('request_forged', { facts: { reason: 'origin' } })
  if (!hasMediaType(c, 'application/x-www-form-urlencoded'))
    throw new VendorError('content_type_refused', { facts: { wanted: 'application/x-www-form-urlencoded' } })
  const form = new URLSearchParams(await readBody(c, MAX_FORM_BYTES))
  if (!of.sameText(form.get('csrf') ?? '', of.session.csrf))
    throw new VendorError('request_forged', { facts: { reason: 'token' } })
  return form
}

import { z } from 'zod'
import { isName } from '../ids.ts'
import { parseDuration } from './duration.ts'

/** The shapes that members of `stint.yaml` share. */

export const NAME_PATTERN = '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$'

export const name = z
  .string()
  .refine(isName, 'a name: lower-case letters, digits and inner hyphens, at most 64')
  .meta({ pattern: NAME_PATTERN })
export const duration = z
  .union([z.string(), z.number()])
  .refine((value) => parseDuration(value) !== null, 'a duration: 1h, 15m, 90s, or whole seconds')
export const stretch = duration.refine((value) => (parseDuration(value) ?? 0) > 0, 'a second at least')
export const cidr = z.union([z.cidrv4(), z.cidrv6()])
export const url = z
  .url({ protocol: /^https?$/, error: 'an absolute http or https URL' })
  .max(255)
  .refine((text) => {
    if (!URL.canParse(text)) return false
    const { username, password, search, hash } = new URL(text)
    return username === '' && password === '' && search === '' && hash === ''
  }, 'a URL without user, query or fragment')
export const origin = url.refine(
  (text) => URL.canParse(text) && new URL(text).origin === text,
  'an origin such as https://minio.example.com:9000: no path, no trailing slash',
)

import { z } from 'zod'
import { Secret } from '../secret.ts'

/** Where the store is, where that was found, and who asks it. */
export type StoreCredentials = {
  readonly url: string | null
  readonly accessKey: string
  readonly secretKey: Secret<string>
}

const PAIR = z.object({
  url: z.string().optional(),
  accessKey: z.string().min(1),
  secretKey: z.string().min(1),
})
const MC_CONFIG = z.object({ aliases: z.record(z.string(), PAIR) })

/** A file `{"accessKey": …, "secretKey": …}`, or the configuration of `mc` and one alias of it. Null where it is neither. */
export function credentialsIn(text: string, alias: string | null): StoreCredentials | null {
  const parsed = json(text)
  const config = MC_CONFIG.safeParse(parsed)
  const aliases = config.success ? config.data.aliases : {}
  const named = alias !== null && Object.hasOwn(aliases, alias) ? aliases[alias] : undefined
  const pair = alias === null ? PAIR.safeParse(parsed).data : named
  if (pair === undefined) return null
  return { url: pair.url ?? null, accessKey: pair.accessKey, secretKey: new Secret(pair.secretKey) }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

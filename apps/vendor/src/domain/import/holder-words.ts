import { safeText } from '../safe-text.ts'
import type { Holder, HolderKind } from './snapshot.ts'

const WORDS: Readonly<Record<HolderKind, string>> = {
  user: 'user',
  group: 'group',
  'ldap-user': 'LDAP user',
  'ldap-group': 'LDAP group',
  'openid-user': 'users of the OIDC provider',
}
const MOST_NAMED = 12
const MOST_CHARACTERS = 200

/** A name of the store in a comment: in ASCII and quotes, so that none can end the comment or pretend to be another. */
export function nameInWords(name: string): string {
  return safeText(name, MOST_CHARACTERS)
}

export function holderInWords({ kind, name }: Holder): string {
  return `${WORDS[kind]} ${nameInWords(name)}`
}

/** Up to a dozen by name, the rest by their number. */
export function holdersInWords(holders: readonly Holder[]): string {
  const named = holders.slice(0, MOST_NAMED).map(holderInWords)
  const more = holders.length - named.length
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ')
}

/** By placeholder name: what it may hold, and the variable that MinIO would have filled in. */
export type PolicyVariables = Readonly<
  Record<string, { readonly type: 'bucket' | 'segment'; readonly variable: string }>
>

const VARIABLE = /\$\{([A-Za-z]+:[A-Za-z_]+)\}/g

/**
 * Variables that name one subject by one text. Others (`aws:groups`, `jwt:aud`, an address, a time) have several values,
 * of which MinIO takes the first, or are the caller's to say.
 */
const NAMES: Readonly<Record<string, string>> = {
  'aws:username': 'username',
  'ldap:username': 'ldap_username',
  'jwt:sub': 'sub',
  'jwt:upn': 'upn',
  'jwt:name': 'name',
  'jwt:given_name': 'given_name',
  'jwt:family_name': 'family_name',
  'jwt:nickname': 'nickname',
  'jwt:preferred_username': 'preferred_username',
  'jwt:email': 'email',
  'jwt:client_id': 'client_id',
}

/** Turns variables into placeholders and remembers which; one that is none of ours stays in the text. */
export function collectVariables(): {
  fill(text: string, type: 'bucket' | 'segment'): string
  found(): PolicyVariables
} {
  const known = new Map<string, PolicyVariables[string]>()
  return {
    fill: (text, type) =>
      text.replace(VARIABLE, (whole, variable: string) => {
        const plain = Object.hasOwn(NAMES, variable) ? NAMES[variable] : undefined
        if (plain === undefined) return whole
        const name = type === 'bucket' ? `${plain}_bucket` : plain
        known.set(name, { type, variable })
        return `{{${name}}}`
      }),
    found: () => Object.fromEntries([...known].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

import type { Entry, ImportOptions } from './asked.ts'
import type { RoleDraft } from './draft-roles.ts'
import { holderInWords, nameInWords } from './holder-words.ts'
import { createSlugs } from './slugs.ts'
import type { Holder, Provider, StoreSnapshot } from './snapshot.ts'

const WELL_KNOWN = '/.well-known/openid-configuration'
const FILL_IN = 'fill-in'
const ISSUER = 'sign-in'
/** What a claim can be compared with at most; no name of a store is longer. */
const MOST_CHARACTERS = 1024

/**
 * The issuer, where one is known, and for every holder of a role a mapping that is off. A mapping of nobody's tokens
 * cannot be written: without an issuer there are none.
 */
export function draftMappings(
  snapshot: StoreSnapshot,
  roles: readonly RoleDraft[],
  options: ImportOptions,
): {
  readonly issuers: readonly Entry[]
  readonly mappings: readonly Entry[]
  readonly comments: readonly string[]
} {
  const { entry, comments } = issuerOf(snapshot, options)
  if (entry === null || entry.body === null)
    return { issuers: entry === null ? [] : [entry], mappings: [], comments }
  const slug = createSlugs()
  const mappings = roles.flatMap(({ entry: role, holders }) =>
    role.body === null
      ? []
      : holders.map((holder) =>
          mappingEntry(holder, { slug, role: role.name, provider: snapshot.providers, options }),
        ),
  )
  return { issuers: [entry], mappings, comments }
}

const WORDS = [
  'Who may assume what. All are off: they grant nothing. Compare each condition with a token of the issuer, name an',
  'owner and a purpose, and prefer a claim that nobody can take over (an id) to a name.',
]

function issuerOf(
  { providers }: StoreSnapshot,
  options: ImportOptions,
): { readonly entry: Entry | null; readonly comments: readonly string[] } {
  if (options.issuer !== null) {
    const { url, audience } = options.issuer
    return { entry: issuerEntry({ url, audience, comments: [] }, options), comments: WORDS }
  }
  const known = providers.filter(({ enabled, configUrl }) => enabled && configUrl.endsWith(WELL_KNOWN))
  const [provider] = known
  if (provider === undefined)
    return {
      entry: null,
      comments: [
        'None: the store does not say whose tokens could name its users. Run again with --issuer URL --audience TEXT.',
      ],
    }
  const comments = [
    `The store's own OIDC provider ${nameInWords(provider.name)}; \`url\` must be \`iss\` of its tokens, every character of it.`,
    'A store trusts one identity provider: before Stint serves it, this one is taken off the store.',
    ...known.slice(1).map(({ name }) => `Not written: the provider ${nameInWords(name)}.`),
  ]
  const url = provider.configUrl.slice(0, -WELL_KNOWN.length)
  return { entry: issuerEntry({ url, audience: provider.clientId, comments }, options), comments: WORDS }
}

function issuerEntry(
  { url, audience, comments }: { url: string; audience: string; comments: readonly string[] },
  { for: whose }: ImportOptions,
): Entry {
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  const isLoopback = host === 'localhost' || host.startsWith('127.')
  if (!URL.canParse(url) || (new URL(url).protocol === 'http:' && !isLoopback))
    return {
      name: ISSUER,
      body: null,
      comments: [`left out: the issuer ${nameInWords(url)} is not read over https`],
    }
  const addresses = isLoopback ? { allowPrivateAddresses: ['127.0.0.0/8'] } : {}
  return {
    name: ISSUER,
    comments,
    body: { preset: 'generic', url, audiences: [audience], for: whose, ...addresses },
  }
}

function mappingEntry(
  holder: Holder,
  given: {
    readonly slug: (...parts: readonly string[]) => string
    readonly role: string
    readonly provider: readonly Provider[]
    readonly options: ImportOptions
  },
): Entry {
  const { role, options } = given
  const { condition, comment } = conditionOf(holder, given.provider, options)
  return {
    name: given.slug(holder.kind === 'openid-user' ? 'provider' : holder.kind, holder.name),
    comments: [`For ${holderInWords(holder)}.`, ...comment],
    body: {
      issuer: ISSUER,
      role,
      when: [condition],
      owner: FILL_IN,
      purpose: `${FILL_IN}: what breaks without it`,
      mode: 'off',
      expires: options.expires,
    },
  }
}

function conditionOf(
  holder: Holder,
  providers: readonly Provider[],
  { userClaim, groupClaim }: ImportOptions,
) {
  const value = holder.name.slice(0, MOST_CHARACTERS)
  const claimed = providers.find(({ rolePolicies }) => rolePolicies === null)
  switch (holder.kind) {
    case 'user':
      return { condition: { claim: [userClaim], equals: value }, comment: [] }
    case 'group':
      return { condition: { claim: [groupClaim], contains: value }, comment: [] }
    case 'ldap-user':
      return {
        condition: { claim: [userClaim], equals: shortName(value) },
        comment: ['Compare: the directory has a name of its own for it.'],
      }
    case 'ldap-group':
      return {
        condition: { claim: [groupClaim], contains: shortName(value) },
        comment: ['Compare: the directory has a name of its own for it.'],
      }
    case 'openid-user':
      return claimed === undefined
        ? {
            condition: { claim: ['sub'], equals: FILL_IN },
            comment: ['The store let everybody in who signed in; a mapping must say who.'],
          }
        : {
            condition: { claim: [claimed.claim], equals: value },
            comment: ['Where the claim is a list: `contains` instead of `equals`.'],
          }
  }
}

/** The value of the first part of a distinguished name (RFC 4514), where it is a plain one. */
function shortName(name: string): string {
  return /^[A-Za-z]+=([^,+="\\<>;]+)(?:,|$)/.exec(name)?.[1] ?? name
}

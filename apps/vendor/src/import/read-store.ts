import type { Holder, Provider } from '../domain/import/snapshot.ts'
import type { AdminHttp, AdminReply, StoreAccess } from './admin-http.ts'
import { createAdminHttp } from './admin-http.ts'
import type { ReadResult } from './read-result.ts'
import { notRead } from './read-result.ts'
import {
  ACCESS_KEYS,
  ENTITIES,
  GROUP,
  GROUP_NAMES,
  POLICIES,
  POLICY,
  PROVIDER,
  PROVIDERS,
  readShape,
  USERS,
} from './store-shapes.ts'

const MOST_GROUPS = 5_000
const AT_ONCE = 8
/** Every store has them, and they are nobody's own. */
const BUILT_IN = ['consoleAdmin', 'diagnostics', 'readonly', 'readwrite', 'writeonly']

/**
 * Reads policies and who holds them from the admin API of a MinIO. Nothing is written there, and no secret of a user is
 * asked for. Without the policies there is nothing; what else cannot be read is a gap that the snapshot names.
 */
export async function readStore(
  access: StoreAccess,
  privateAddresses: readonly string[],
): Promise<ReadResult> {
  await using http = createAdminHttp(access)
  const listed = await http.get('list-canned-policies')
  if (listed.status === 0) return notRead('unavailable', `no answer from ${access.endpoint} (${listed.code})`)
  if (listed.status < 500 && listed.status !== 200)
    return notRead('refused', `the store refused: ${listed.code || listed.status}${hintOf(listed.code)}`)
  const gaps: string[] = []
  const users = await readUsers(http, gaps)
  const groups = await readGroups(http, gaps)
  const ldap = await readLdap(http, gaps)
  const { providers, roleArn } = await readProviders(http, gaps)
  const held = [...users, ...groups, ...ldap.holders]
  const policies =
    listed.status === 200 ? readShape(POLICIES, listed.body) : await readOneByOne(http, held, providers, gaps)
  if (policies === null) return notRead('unreadable', 'what the store answered is no list of policies')
  await countAccessKeys(http, gaps)
  return {
    ok: true,
    snapshot: {
      source: access.endpoint,
      endpoint: access.endpoint,
      region: roleArn.split(':')[3] || ldap.region,
      privateAddresses,
      policies: policies,
      holders: [...held, ...providerHolders(providers, [...policies.keys()])],
      providers,
      gaps,
    },
  }
}

function hintOf(code: string): string {
  if (code === 'RequestTimeTooSkewed') return ': the clocks of this machine and of the store differ'
  if (code === 'SignatureDoesNotMatch' || code === 'InvalidAccessKeyId')
    return ': check the access key and the secret'
  return code === 'AccessDenied'
    ? ': the key needs admin:ListUserPolicies, admin:ListUsers and their like'
    : ''
}

function gapOf(what: string, { status, code }: AdminReply): string {
  return `${what}: ${code || status}`
}

async function readUsers(http: AdminHttp, gaps: string[]): Promise<readonly Holder[]> {
  const reply = await http.get('list-users')
  const users = readShape(USERS, reply.body)
  if (users === null) gaps.push(gapOf('users', reply))
  return [...(users ?? [])].map(([name, { policyName, status, memberOf }]) => {
    return { kind: 'user', name, policies: policyName, enabled: status === 'enabled', memberOf }
  })
}

async function readGroups(http: AdminHttp, gaps: string[]): Promise<readonly Holder[]> {
  const reply = await http.get('groups')
  const names = readShape(GROUP_NAMES, reply.body)
  if (names === null) gaps.push(gapOf('groups', reply))
  const wanted = (names ?? []).slice(0, MOST_GROUPS)
  if ((names ?? []).length > wanted.length) gaps.push(`groups beyond the first ${MOST_GROUPS}`)
  const found = await inTurns(wanted, async (name): Promise<Holder | null> => {
    const one = await http.get('group', { group: name })
    const group = readShape(GROUP, one.body)
    if (group === null) gaps.push(gapOf(`group ${JSON.stringify(name)}`, one))
    if (group === null) return null
    const { status, policy } = group
    return { kind: 'group', name, policies: policy, enabled: status === 'enabled', memberOf: [] }
  })
  return found.filter((one) => one !== null)
}

/** A store without a directory answers that the action is not allowed: no gap. */
async function readLdap(http: AdminHttp, gaps: string[]) {
  const reply = await http.get('idp/ldap/policy-entities')
  const entities = readShape(ENTITIES, reply.body)
  if (entities === null && reply.code !== 'XMinioIAMActionNotAllowed')
    gaps.push(gapOf('LDAP users and groups', reply))
  const held = new Map<
    string,
    { readonly kind: Holder['kind']; readonly name: string; readonly policies: string[] }
  >()
  for (const { policy, users, groups } of entities?.policyMappings ?? []) {
    const all = [
      ...users.map((name) => ['ldap-user', name] as const),
      ...groups.map((name) => ['ldap-group', name] as const),
    ]
    for (const [kind, name] of all) {
      const holder = held.get(`${kind} ${name}`) ?? { kind, name, policies: [] }
      holder.policies.push(policy)
      held.set(`${kind} ${name}`, holder)
    }
  }
  const holders = [...held.values()].map((one): Holder => ({ ...one, enabled: true, memberOf: [] }))
  return { holders, region: reply.region }
}

async function readProviders(http: AdminHttp, gaps: string[]) {
  const reply = await http.get('idp-config/openid')
  const listed = readShape(PROVIDERS, reply.body)
  if (listed === null) gaps.push(gapOf('OIDC providers', reply))
  const providers = await inTurns(listed ?? [], async ({ name, enabled }): Promise<Provider | null> => {
    const one = await http.get(`idp-config/openid/${encodeURIComponent(name)}`)
    const read = readShape(PROVIDER, one.body)
    if (read === null) gaps.push(gapOf(`OIDC provider ${JSON.stringify(name)}`, one))
    const value = (key: string) => read?.info.find((member) => member.key === key)?.value ?? ''
    const role = value('role_policy')
    const claim = `${value('claim_prefix')}${value('claim_name') || 'policy'}`
    const rolePolicies = role === '' ? null : role.split(',').map((policy) => policy.trim())
    const found = {
      name,
      enabled,
      configUrl: value('config_url'),
      clientId: value('client_id'),
      rolePolicies,
      claim,
    }
    return read === null || found.configUrl === '' ? null : found
  })
  const roleArn = (listed ?? []).find((one) => one.roleARN !== '')?.roleARN ?? ''
  return { providers: providers.filter((one) => one !== null), roleArn }
}

/** With a role policy everybody who signs in holds it; with a claim, each policy of the store can be named by a token. */
function providerHolders(providers: readonly Provider[], policies: readonly string[]): readonly Holder[] {
  const own = policies.filter((name) => !BUILT_IN.includes(name))
  return providers
    .filter(({ enabled }) => enabled)
    .flatMap(({ name, rolePolicies }) => {
      const holder = { kind: 'openid-user', enabled: true, memberOf: [] } as const
      if (rolePolicies !== null) return [{ ...holder, name, policies: rolePolicies }]
      return own.map((policy) => ({ ...holder, name: policy, policies: [policy] }))
    })
}

/**
 * One policy with NotAction makes MinIO answer 500 to the whole list, because it cannot write it again. Then those that
 * somebody holds are asked for one by one.
 */
async function readOneByOne(
  http: AdminHttp,
  holders: readonly Holder[],
  providers: readonly Provider[],
  gaps: string[],
): Promise<ReadonlyMap<string, unknown>> {
  const held = [
    ...holders.map(({ policies }) => policies),
    ...providers.map(({ rolePolicies }) => rolePolicies ?? []),
  ]
  const names = [...new Set([...BUILT_IN, ...held.flat()])]
  gaps.push(
    'policies that nobody holds: the store cannot list its policies, because it cannot write one of them again',
  )
  const found = await inTurns(names, async (name) => {
    const reply = await http.get('info-canned-policy', { name })
    const policy = reply.status === 200 ? readShape(POLICY, reply.body) : null
    if (policy === null) gaps.push(gapOf(`policy ${JSON.stringify(name)}`, reply))
    return policy === null ? [] : [[name, policy] as const]
  })
  return new Map(found.flat())
}

/** Access keys may narrow their user by a policy of their own; they are counted, not read. */
async function countAccessKeys(http: AdminHttp, gaps: string[]): Promise<void> {
  const reply = await http.get('list-access-keys-bulk', { listType: 'svcacc-only', all: 'true' })
  const listed = readShape(ACCESS_KEYS, reply.body)
  const users = [...(listed?.values() ?? [])].filter(
    ({ serviceAccounts }) => (serviceAccounts ?? []).length > 0,
  )
  const keys = users.reduce((sum, { serviceAccounts }) => sum + (serviceAccounts ?? []).length, 0)
  if (listed === null) gaps.push(gapOf('access keys', reply))
  else if (keys > 0)
    gaps.push(
      `policies of ${keys} access keys of ${users.length} users: a role stands for a user, not for a key`,
    )
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const done: R[] = []
  for (let at = 0; at < items.length; at += AT_ONCE)
    done.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(work))))
  return done
}

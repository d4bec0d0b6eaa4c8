import { strFromU8, unzipSync } from 'fflate'
import type { z } from 'zod'
import type { Holder, StoreSnapshot } from '../domain/import/snapshot.ts'
import type { ReadResult } from './read-result.ts'
import { notRead } from './read-result.ts'
import { GROUPS, MAPPED, POLICIES, POLICY, POLICY_INFO, POLICY_MESSAGE, readShape } from './store-shapes.ts'

/** A file of a hundred thousand policies is smaller; what unpacks to more is no export. */
const MAX_EXPORT_BYTES = 64 * 1024 * 1024
const ASSETS = 'iam-assets/'
/** `users.json` and `svcaccts.json` hold secret keys: they are never unpacked. */
const WANTED = [
  'policies.json',
  'groups.json',
  'user_mappings.json',
  'group_mappings.json',
  'stsuser_mappings.json',
]

/**
 * Reads what `mc admin cluster iam export` wrote (a zip), or policies as JSON: one document (named after the file), an
 * object of documents by name, `mc admin policy info --json`, one such object a line. Never throws.
 */
export function readExport(bytes: Uint8Array, file: string): ReadResult {
  if (bytes.length > MAX_EXPORT_BYTES)
    return notRead('unreadable', `${file} is larger than ${MAX_EXPORT_BYTES} bytes`)
  return bytes[0] === 0x50 && bytes[1] === 0x4b ? readZip(bytes, file) : readJson(bytes, file)
}

function readZip(bytes: Uint8Array, file: string): ReadResult {
  const files = unpack(bytes)
  if (typeof files === 'string') return notRead('unreadable', `${file}: ${files}`)
  const read = <T>(name: string, shape: z.ZodType<T>): T | null => {
    const content = files[`${ASSETS}${name}`]
    return content === undefined ? null : readShape(shape, strFromU8(content))
  }
  const policies = read('policies.json', POLICIES)
  if (policies === null)
    return notRead(
      'unreadable',
      `${file} has no ${ASSETS}policies.json that can be read: it is no export of MinIO's IAM`,
    )
  const gaps = ['whether a user is disabled, and access keys: the files that say so hold secrets']
  const part = <T>(name: string, shape: z.ZodType<T>, otherwise: T): T => {
    const found = read(name, shape)
    if (found === null && `${ASSETS}${name}` in files) gaps.push(name)
    return found ?? otherwise
  }
  const groups = part('groups.json', GROUPS, new Map())
  const holders = holdersOf({
    groups,
    users: part('user_mappings.json', MAPPED, new Map()),
    grouped: part('group_mappings.json', MAPPED, new Map()),
    directory: part('stsuser_mappings.json', MAPPED, new Map()),
  })
  return {
    ok: true,
    snapshot: { ...blank(file), policies, holders, gaps },
  }
}

/** Sizes are those that the archive announces; what is longer does not unpack (fflate writes into no more). */
function unpack(bytes: Uint8Array): Record<string, Uint8Array> | string {
  let total = 0
  try {
    const files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!WANTED.some((one) => name === `${ASSETS}${one}`)) return false
        total += originalSize
        return total <= MAX_EXPORT_BYTES
      },
    })
    return total > MAX_EXPORT_BYTES ? `it unpacks to more than ${MAX_EXPORT_BYTES} bytes` : files
  } catch {
    return 'the archive is damaged'
  }
}

type Mapped = z.infer<typeof MAPPED>

function holdersOf(found: {
  readonly groups: z.infer<typeof GROUPS>
  readonly users: Mapped
  readonly grouped: Mapped
  readonly directory: Mapped
}): readonly Holder[] {
  const groups = [...found.groups]
  const groupsOf = (user: string) =>
    groups.flatMap(([name, { members }]) => (members.includes(user) ? [name] : []))
  const members = groups.flatMap(([, group]) => group.members)
  const users = [...new Set([...found.users.keys(), ...members])].map((name): Holder => {
    const policies = found.users.get(name)?.policy ?? []
    return { kind: 'user', name, policies, enabled: true, memberOf: groupsOf(name) }
  })
  const plain = { enabled: true, memberOf: [] }
  return [
    ...users,
    ...[...found.grouped].map(([name, { policy }]): Holder => {
      const own = found.groups.get(name)
      // A group that has no members in the store is one of the directory, by its distinguished name.
      const kind = own === undefined && name.includes('=') ? 'ldap-group' : 'group'
      return { ...plain, kind, name, policies: policy, enabled: own?.status !== 'disabled' }
    }),
    ...[...found.directory].map(
      ([name, { policy }]): Holder => ({ ...plain, kind: 'ldap-user', name, policies: policy }),
    ),
  ]
}

function readJson(bytes: Uint8Array, file: string): ReadResult {
  const text = strFromU8(bytes)
  const whole = policiesIn(text, file)
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const found = whole === null ? lines.map((line) => policiesIn(line, '')) : [whole]
  const policies = found.flatMap((one) => one ?? [])
  if (policies.length === 0 || found.includes(null))
    return notRead('unreadable', `${file} is neither an export of MinIO's IAM nor policies as JSON`)
  const gaps = ['who holds the policies: the file does not say']
  return { ok: true, snapshot: { ...blank(file), policies: new Map(policies), gaps } }
}

/** Policies by name, or null where the text is none of the known forms. */
function policiesIn(text: string, file: string): readonly (readonly [string, unknown])[] | null {
  const info = readShape(POLICY_MESSAGE, text)?.policyInfo ?? readShape(POLICY_INFO, text)
  if (info !== null) return [[info.PolicyName, info.Policy]]
  const document = readShape(POLICY, text)
  if (document === null) return null
  if ('Statement' in document) return file === '' ? null : [[nameOf(file), document]]
  const entries = [...(readShape(POLICIES, text) ?? [])]
  return entries.length > 0 && entries.every(([, one]) => 'Statement' in one) ? entries : null
}

function nameOf(file: string): string {
  return (file.split('/').at(-1) ?? file).replace(/\.json$/i, '') || 'policy'
}

function blank(file: string): StoreSnapshot {
  return {
    source: `the file ${(file.split('/').at(-1) ?? '').replace(/[^\x20-\x7e]/g, '?')}`,
    endpoint: null,
    region: '',
    privateAddresses: [],
    policies: new Map(),
    holders: [],
    providers: [],
    gaps: [],
  }
}

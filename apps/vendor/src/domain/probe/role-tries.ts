import type { PolicyDocument, Statement } from '@stint/policy'
import { matchesPattern } from '@stint/policy'
import { MARK } from './role-values.ts'
import type { ProbeStep, ProbeTry } from './try.ts'
import { allows, mint, refuses } from './try.ts'

const ARN = 'arn:aws:s3:::'
const VERBS = { 's3:PutObject': 'PUT', 's3:GetObject': 'GET', 's3:DeleteObject': 'DELETE' } as const
type Verb = keyof typeof VERBS
/** A role with more resources than these repeats itself. */
const MOST_RESOURCES = 8

export type RolePolicies = {
  /** The session policy with values that the probe writes under. */
  readonly plain: PolicyDocument
  /** The same with the longest values that the role allows. */
  readonly longest: PolicyDocument
  readonly defaultSeconds: number
  readonly maxSeconds: number
}

/**
 * What is tried of a role: that its longest policy and lifetime are taken, that it may do what it says and nothing
 * beside it. Objects are written, and deleted again, only where their key holds the probe’s own mark.
 */
export function roleTries({ plain, longest, defaultSeconds, maxSeconds }: RolePolicies): readonly ProbeTry[] {
  const keys = objectKeys(plain).slice(0, MOST_RESOURCES)
  const common = { group: 'role', bears: 'guarantee', needs: [] } as const
  const asked = (id: string, title: string, steps: readonly ProbeStep[]): ProbeTry => {
    const expected = id === 'inside' ? 'allowed' : 'refused'
    const base = { ...common, id: `role-${id}`, title, expected }
    if (steps.length === 0) return { ...base, untried: NOTHING[id] ?? '', steps: [] }
    return { ...base, steps: [mint('a', () => plain, { lifetimeSeconds: defaultSeconds }), ...steps] }
  }
  return [
    {
      ...common,
      id: 'role-longest',
      title: 'the policy with its longest values, for the longest lifetime',
      expected: 'a session is given, and ends in time',
      steps: [
        mint('a', () => longest, {
          says: 'mint with the longest values',
          is: 'claim',
          lifetimeSeconds: maxSeconds,
        }),
        {
          do: 'expiration',
          says: `the Expiration is in ${maxSeconds} s`,
          is: 'claim',
          expect: 'allowed',
          session: 'a',
        },
      ],
    },
    asked(
      'inside',
      'what the role may do',
      keys.flatMap((key) => inside(plain, key)),
    ),
    asked(
      'other-verb',
      'a verb that the role does not have',
      keys.flatMap((key) => otherVerbs(plain, key)),
    ),
    asked('other-prefix', 'an object beside those of the role', otherPrefixes(plain, keys)),
    asked('other-bucket', 'a bucket that the role does not name', otherBucket()),
  ]
}

/** Why a try of a role has no steps. */
const NOTHING: Readonly<Record<string, string>> = {
  inside: 'every statement has a condition, or none is about objects',
  'other-verb': 'the role has every verb',
  'other-prefix': 'the role has the whole bucket',
}

type Key = { readonly bucket: string; readonly key: string; readonly isOurs: boolean }

/** One key for each resource of an Allow without a condition, with the probe’s mark wherever anything may stand. */
function objectKeys({ Statement: statements }: PolicyDocument): readonly Key[] {
  const resources = statements.flatMap(({ Effect, Resource, Condition }) =>
    Effect === 'Allow' && Condition === undefined ? Resource : [],
  )
  return [...new Set(resources)].flatMap((resource) => {
    const [bucket = '', ...rest] = resource.slice(ARN.length).split('/')
    if (rest.length === 0 || bucket.includes('*')) return []
    const key = rest.join('/').replaceAll('*', MARK)
    return [{ bucket, key, isOurs: key.includes(MARK) }]
  })
}

/** Whether the policy allows it for certain, forbids it for certain, or has a condition that decides. */
function decides(
  { Statement: statements }: PolicyDocument,
  action: string,
  resource: string,
): 'allowed' | 'refused' | 'unclear' {
  const of = (effect: Statement['Effect']) =>
    statements.filter(
      ({ Effect, Action, Resource }) =>
        Effect === effect &&
        Action.some((one) => matchesPattern(one, action)) &&
        Resource.some((one) => matchesPattern(one, resource)),
    )
  const [allow, deny] = [of('Allow'), of('Deny')]
  if (deny.some(({ Condition }) => Condition === undefined) || allow.length === 0) return 'refused'
  return deny.length === 0 && allow.some(({ Condition }) => Condition === undefined) ? 'allowed' : 'unclear'
}

const verbs = Object.entries(VERBS) as readonly (readonly [Verb, (typeof VERBS)[Verb]])[] // the table's own entries

function step(make: typeof allows, { bucket, key }: Key, method: (typeof VERBS)[Verb]): ProbeStep {
  return make('a', `${method} ${bucket}/${key}`, () => ({ method, path: pathOf(bucket, key) }))
}

/** Written before it is read and deleted last; what may not be written is only read. */
function inside(policy: PolicyDocument, key: Key): readonly ProbeStep[] {
  const resource = `${ARN}${key.bucket}/${key.key}`
  return verbs.flatMap(([action, method]) =>
    decides(policy, action, resource) === 'allowed' && (key.isOurs || method === 'GET')
      ? [step(allows, key, method)]
      : [],
  )
}

function otherVerbs(policy: PolicyDocument, key: Key): readonly ProbeStep[] {
  const resource = `${ARN}${key.bucket}/${key.key}`
  const refused = verbs.flatMap(([action, method]) =>
    decides(policy, action, resource) === 'refused' && (key.isOurs || method === 'GET')
      ? [step(refuses, key, method)]
      : [],
  )
  const listing =
    decides(policy, 's3:ListBucket', `${ARN}${key.bucket}`) === 'refused' ? [list(key.bucket)] : []
  return [...refused, ...listing]
}

function list(bucket: string): ProbeStep {
  return refuses('a', `list ${bucket}`, () => ({
    method: 'GET',
    path: `/${bucket}`,
    query: { 'list-type': '2', 'max-keys': '1' },
  }))
}

/** Beside the role’s own keys, in each of its buckets, and under a name that nobody else has. */
function otherPrefixes(policy: PolicyDocument, keys: readonly Key[]): readonly ProbeStep[] {
  const beside = keys.flatMap(({ bucket, key }) => [
    { bucket, key: `${MARK}-outside/x`, isOurs: true },
    { bucket, key: `${key.split('/').slice(0, -1).join('/')}-${MARK}/x`, isOurs: true },
  ])
  const told = new Map(beside.map((one) => [`${one.bucket}/${one.key}`, one] as const))
  return [...told].flatMap(([name, key]) =>
    verbs.flatMap(([action, method]) =>
      decides(policy, action, `${ARN}${name}`) === 'refused' && method !== 'DELETE'
        ? [step(refuses, key, method)]
        : [],
    ),
  )
}

function otherBucket(): readonly ProbeStep[] {
  return [
    refuses('a', 'read a bucket that nobody named', ({ stranger }) => ({
      method: 'GET',
      path: `/${stranger}/x`,
    })),
  ]
}

/** As S3 wants a key in a path: everything but unreserved characters and the slash encoded. */
function pathOf(bucket: string, key: string): string {
  const encoded = encodeURIComponent(key).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `/${bucket}/${encoded.replaceAll('%2F', '/')}`
}

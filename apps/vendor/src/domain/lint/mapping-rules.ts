import type { ConditionBody } from '../resource.ts'
import type { Hit, MappingInput, Rule } from './rule.ts'
import { placed, valuesOf } from './rule.ts'

const whole = (says: string): readonly Hit[] => [{ at: [], says }]
const NOTHING: readonly Hit[] = []
const DAY_MS = 86_400_000
const SOON_MS = 14 * DAY_MS
const LONG_MS = 366 * DAY_MS
const WIDE = 20
const LEAST_PURPOSE = 10
const BRIEF_SECONDS = 900

/** Rules that look at the mapping itself: its end, its owner, its limits, whether it can match at all. */
export const MAPPING_RULES: readonly Rule<MappingInput>[] = [
  {
    id: 'wide-any-of',
    severity: 'notice',
    about: 'a list of values that nobody reviews',
    fix: 'split it into mappings with owners of their own',
    find: ({ body }) =>
      placed(body, 'when').flatMap(({ condition, at }) =>
        valuesOf(condition).length > WIDE ? [{ at, says: `${valuesOf(condition).length} values` }] : [],
      ),
  },
  {
    id: 'unreachable',
    severity: 'warning',
    about: 'conditions that contradict each other: the mapping can never match',
    fix: 'take one of them away, or use `anyOf`',
    find: ({ body }) => {
      const contradiction = contradicting(body.when)
      if (contradiction !== null)
        return [
          {
            at: ['when', contradiction],
            says: 'no value passes this condition and another on the same claim',
          },
        ]
      const both = body.unless.findIndex((exception) => body.when.some((wanted) => same(wanted, exception)))
      return both === -1 ? NOTHING : [{ at: ['unless', both], says: 'it takes away what `when` demands' }]
    },
  },
  {
    id: 'expired',
    severity: 'warning',
    about: 'the mapping has expired, and matches nobody',
    fix: 'give it a later `expires`, or take it away',
    find: ({ body, nowMs }) =>
      Date.parse(body.expires) <= nowMs
        ? [{ at: ['expires'], says: `it ended at ${body.expires}` }]
        : NOTHING,
  },
  {
    id: 'expires-soon',
    severity: 'notice',
    about: 'the mapping ends within two weeks',
    fix: 'let its owner decide whether it goes on',
    find: ({ body, nowMs }) => {
      const left = Date.parse(body.expires) - nowMs
      return left > 0 && left <= SOON_MS ? [{ at: ['expires'], says: `it ends at ${body.expires}` }] : NOTHING
    },
  },
  {
    id: 'expires-late',
    severity: 'notice',
    about: 'the mapping lasts for more than a year without anybody having to look at it',
    fix: 'let it end within a year',
    find: ({ body, nowMs }) =>
      Date.parse(body.expires) - nowMs > LONG_MS
        ? [{ at: ['expires'], says: `it ends at ${body.expires}` }]
        : NOTHING,
  },
  {
    id: 'owner-unreachable',
    severity: 'notice',
    about: 'the owner is nobody who can be written to',
    fix: 'name an address, a team (`@org/team`) or a link',
    find: ({ body }) =>
      /[@/:]/.test(body.owner) ? NOTHING : [{ at: ['owner'], says: 'no address, team or link' }],
  },
  {
    id: 'purpose-thin',
    severity: 'notice',
    about: 'the purpose does not say what for',
    fix: 'say what breaks when it is taken away',
    find: ({ body }) =>
      body.purpose.trim().length < LEAST_PURPOSE
        ? [{ at: ['purpose'], says: 'a reviewer learns nothing from it' }]
        : NOTHING,
  },
  {
    id: 'off',
    severity: 'notice',
    about: 'the mapping is off and does nothing',
    fix: 'put it in shadow or in force, or take it away',
    find: ({ body }) => (body.mode === 'off' ? [{ at: ['mode'], says: 'it is off' }] : NOTHING),
  },
  {
    id: 'single-use-without-jti',
    severity: 'warning',
    about: '`singleUse` at an issuer whose tokens have no `jti`: nobody is admitted',
    fix: 'take `singleUse` away, or use `maxUses`',
    find: ({ body, preset }) =>
      body.singleUse && preset.jti === false
        ? [{ at: ['singleUse'], says: 'this issuer sends no `jti`' }]
        : NOTHING,
  },
  {
    id: 'single-use-replay',
    severity: 'notice',
    about: '`singleUse` on a role with `replay`: each token opens it once, so its retries are refused',
    fix: 'take one of the two away',
    find: ({ body, role }) =>
      body.singleUse && role !== null && role.replay !== null
        ? [{ at: ['singleUse'], says: `\`replay\` of \`${body.role}\` does nothing here` }]
        : NOTHING,
  },
  {
    id: 'brief-token',
    severity: 'notice',
    about: '`bindToToken` at an issuer whose tokens live for minutes: sessions end before the work does',
    fix: 'give the mapping a `maxLifetime` instead',
    find: ({ body, preset }) =>
      body.bindToToken && preset.usualLifetimeSeconds !== null && preset.usualLifetimeSeconds < BRIEF_SECONDS
        ? [{ at: ['bindToToken'], says: `its tokens usually live ${preset.usualLifetimeSeconds} s` }]
        : NOTHING,
  },
  {
    id: 'limit-without-effect',
    severity: 'notice',
    about: 'a `maxLifetime` that is no tighter than the role’s',
    fix: 'take it away, or make it tighter',
    find: ({ body, role }) =>
      body.maxLifetimeSeconds !== null && role !== null && body.maxLifetimeSeconds >= role.lifetime.maxSeconds
        ? [{ at: ['maxLifetime'], says: `the role gives at most ${role.lifetime.maxSeconds} s` }]
        : NOTHING,
  },
  {
    id: 'limit-below-least',
    severity: 'warning',
    about: 'a `maxLifetime` shorter than a session can be',
    fix: 'give it five seconds at least',
    find: ({ body }) =>
      body.maxLifetimeSeconds !== null && body.maxLifetimeSeconds < LEAST_SECONDS
        ? [{ at: ['maxLifetime'], says: 'every session is over before it is used' }]
        : NOTHING,
  },
  {
    id: 'people-at-machine-role',
    severity: 'warning',
    about:
      'the issuer also signs tokens of people, and the mapping of a machine role does not say that it is a machine',
    fix: 'pin `sub`, or the client (`azp`, `cid`, `client_id`, `appid`)',
    find: ({ body, preset, role }) =>
      preset.people &&
      role?.for === 'machine' &&
      !body.when.some(({ claim }) => CLIENTS.includes(claim[0] ?? ''))
        ? whole('a person may match as well')
        : NOTHING,
  },
]

const LEAST_SECONDS = 5
const CLIENTS = ['sub', 'azp', 'cid', 'client_id', 'appid', 'oid', 'google']

function same(a: ConditionBody, b: ConditionBody): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** The first condition that leaves no value for its claim beside an earlier one on the same claim. */
function contradicting(conditions: readonly ConditionBody[]): number | null {
  const left = new Map<string, ReadonlySet<unknown>>()
  for (const [index, condition] of conditions.entries()) {
    if (!('equals' in condition || 'anyOf' in condition)) continue
    const key = JSON.stringify(condition.claim)
    const values = new Set<unknown>(valuesOf(condition))
    const both = new Set([...values].filter((value) => left.get(key)?.has(value) ?? true))
    if (both.size === 0) return index
    left.set(key, both)
  }
  return null
}

import type {
  Access,
  AccessUse,
  History,
  IssuerKey,
  LogFacts,
  MappingUse,
  RefusalDays,
  SeenSubject,
  TargetSecret,
  Use,
} from '../../apps/vendor/src/domain/detect/evidence.ts'
import type { ProfileName } from '../../apps/vendor/src/domain/detect/thresholds.ts'
import { type BaseCells, glob, ID, is, PASS_THROUGH, PROTECTED, REF, when } from './base-configuration.ts'

/**
 * Evidence for the detectors, as what differs from a base in which none finds anything: the configuration that the lint has
 * too, whose mapping was used yesterday. Each detector has rows in which it finds something and rows, as near to them as can
 * be, in which it does not.
 */
export type DetectorRow = BaseCells & {
  readonly detector: string
  readonly finds: boolean
  readonly name: string
  readonly admins?: Readonly<Record<string, object>>
  /** What is there and not enabled, by `kind/name`. */
  readonly disabled?: readonly string[]
  /** Version of the mapping `m`. */
  readonly version?: number
  /** Over the evidence of the base. */
  readonly profile?: ProfileName
  readonly twoPersons?: boolean
  /** Of the mapping `m`. */
  readonly history?: Partial<History>
  /** Of other resources, by `kind/name`. */
  readonly histories?: Readonly<Record<string, Partial<History>>>
  /** Of the mapping `m`; null: no exchange ever named it. */
  readonly use?: Partial<MappingUse> | null
  readonly uses?: Partial<Omit<Use, 'mappings'>>
  readonly issuerKeys?: readonly IssuerKey[]
  readonly secrets?: readonly TargetSecret[]
  readonly access?: Access
  readonly log?: Partial<LogFacts>
}
type Cells = Omit<DetectorRow, 'detector' | 'finds' | 'name'>

export const NOW = Date.UTC(2026, 10, 25, 12)
const DAY = 86_400_000
const MINUTE = 60_000
export const daysAgo = (days: number) => NOW - days * DAY
const minutesAgo = (minutes: number) => NOW - minutes * MINUTE
const TODAY = Math.floor(NOW / DAY)

const WRITES = { actions: ['s3:PutObject'] }

const used = (last: number, first = 300) => ({ ever: { firstMs: daysAgo(first), lastMs: daysAgo(last) } })
const lived = (over: Partial<MappingUse>): Cells => ({
  role: { lifetime: { default: '1h', max: '12h' } },
  use: { sessions: 400, longestGivenSeconds: 3_600, p95GivenSeconds: 3_600, ...over },
})
const idle = (p95: number, sessions = 400): Access => ({
  roles: new Map(),
  usedSeconds: new Map([['m', { sessions, p95 }]]),
})
const ofStore = (over: Partial<AccessUse>, role = 'a'): Cells => ({
  access: {
    usedSeconds: new Map(),
    roles: new Map([
      [role, { sinceMs: daysAgo(100), calls: 5_000, neverActions: [], neverPlaces: [], ...over }],
    ]),
  },
})
const key = (over: Partial<IssuerKey>): IssuerKey => ({
  issuer: 'ci',
  kid: 'k1',
  thumbprint: 't1',
  refused: null,
  firstMs: daysAgo(30),
  lastMs: daysAgo(0),
  goneMs: null,
  ...over,
})
const refusedKey = (kid: string | null, refused: string, over: Partial<IssuerKey> = {}) =>
  key({ kid, refused, thumbprint: null, ...over })
const seen = (claims: SeenSubject['claims']): Partial<Use> => ({
  subjects: [{ issuer: 'ci', claims, assumption: 'asm_1' }],
})
const refusals = (byAge: Readonly<Record<number, number>>, of: Partial<RefusalDays> = {}): Cells => ({
  uses: {
    refusals: [
      {
        kind: 'mapping',
        name: 'm',
        code: 'claim_value_refused',
        days: new Map(Object.entries(byAge).map(([age, count]) => [TODAY - Number(age), count])),
        ...of,
      },
    ],
  },
})
/** The same number every day. */
const daily = (count: number) => Object.fromEntries(Array.from({ length: 40 }, (_, age) => [age, count]))
const network = (age: number, networks = 3, sessions = 400): Cells => ({
  use: { ...used(1), before: { sessions, networks } },
  uses: { newNetworks: [{ mapping: 'm', network: '203.0.113.0/24', firstMs: daysAgo(age) }] },
})
const secret = (days: number, what: TargetSecret['what'] = 'signing key', target = 'store'): Cells => ({
  secrets: [{ target, what, sinceMs: daysAgo(days) }],
})
const packed = (percent: number, role = 'a'): Cells => ({
  uses: { packedPercent: new Map([[role, percent]]) },
})
const open = (minutes: number) => ({
  target: 'store',
  storeTokenExpiresMs: minutesAgo(minutes),
  latestExpiryMs: minutesAgo(minutes - 60),
})
/** An issuer that has a preset, configured by its address alone. */
const GITHUB_BARE = {
  issuer: { preset: 'generic', url: 'https://token.actions.githubusercontent.com', for: 'machine' },
}
const allow = (Action: string, Resource: string) => ({ Effect: 'Allow', Action, Resource })

function rows(
  detector: string,
  finds: Readonly<Record<string, Cells>>,
  not: Readonly<Record<string, Cells>>,
): DetectorRow[] {
  const of = (named: Readonly<Record<string, Cells>>, does: boolean) =>
    Object.entries(named).map(([name, cells]) => ({ detector, finds: does, name, ...cells }))
  return [...of(finds, true), ...of(not, false)]
}

export const DETECTOR_ROWS: readonly DetectorRow[] = [
  ...rows(
    'S01',
    {
      'last used 91 days ago': { use: used(91) },
      'last used exactly 90 days ago': { use: used(90) },
      'last used 36 days ago, in the high profile': { use: used(36), profile: 'high' },
      'used 200 days ago by an older version, edited since': {
        use: used(200),
        version: 3,
        history: { changedMs: daysAgo(5) },
      },
    },
    {
      'last used 89 days ago': { use: used(89) },
      'last used 36 days ago, in the standard profile': { use: used(36) },
      'last used 91 days ago, and off since': { use: used(91), mapping: { mode: 'off' } },
      'last used 91 days ago, and disabled': { use: used(91), disabled: ['mapping/m'] },
      'last used 91 days ago, and in force again since last week': {
        use: used(91),
        history: { inForceMs: daysAgo(7) },
      },
      'last used 91 days ago, and over': { use: used(91), mapping: { expires: '2026-11-01' } },
      'never used: that is another finding': { use: null },
    },
  ),
  ...rows(
    'S02',
    {
      'in force for 15 days, and no exchange ever named it': {
        use: null,
        history: { inForceMs: daysAgo(15) },
      },
      'refused again and again, and never gave a session': {
        use: { ever: null, sessions: 0 },
        history: { inForceMs: daysAgo(60) },
      },
      'in force for 8 days, in the high profile': {
        use: null,
        history: { inForceMs: daysAgo(8) },
        profile: 'high',
      },
    },
    {
      'in force for 13 days': { use: null, history: { inForceMs: daysAgo(13) } },
      'in force for a year, and uses are counted since yesterday': {
        use: null,
        uses: { sinceMs: daysAgo(1) },
      },
      'a shadow mapping gives no sessions': { use: null, mapping: { mode: 'shadow' } },
      'used once, long ago: that is another finding': { use: used(280) },
    },
  ),
  ...rows(
    'S03',
    {
      'twelve hours may be asked for, an hour is the longest': lived({}),
      'the mapping’s own maximum is eight hours, an hour is the longest': {
        ...lived({}),
        mapping: { maxLifetime: '8h' },
      },
      'sessions of four hours, used for three minutes': {
        ...lived({ longestGivenSeconds: 14_400, p95GivenSeconds: 14_400 }),
        role: { lifetime: { default: '4h', max: '4h' } },
        access: idle(180),
      },
    },
    {
      'twelve hours are asked for': lived({ longestGivenSeconds: 43_200 }),
      'twelve hours may be asked for, four hours are': lived({ longestGivenSeconds: 14_400 }),
      'too few sessions to say what is usual': lived({ sessions: 19 }),
      'the mapping’s own maximum is an hour': { ...lived({}), mapping: { maxLifetime: '1h' } },
      'sessions of an hour, used for a minute': {
        ...lived({}),
        role: { lifetime: { default: '1h', max: '1h' } },
        access: idle(60),
      },
    },
  ),
  ...rows(
    'S04',
    {
      'an action that nobody used in 100 days': ofStore({ neverActions: ['s3:DeleteObject'] }),
      'a place that nobody came to': ofStore({ neverPlaces: ['arn:aws:s3:::logs/*'] }),
      'an action that nobody used in 36 days, in the high profile': {
        ...ofStore({ neverActions: ['s3:DeleteObject'], sinceMs: daysAgo(36) }),
        profile: 'high',
      },
    },
    {
      'everything was used': ofStore({}),
      'the store tells since last week only': ofStore({
        neverActions: ['s3:DeleteObject'],
        sinceMs: daysAgo(7),
      }),
      'too few calls to say what is usual': ofStore({ neverActions: ['s3:DeleteObject'], calls: 3 }),
      'of a role that is not there': ofStore({ neverActions: ['s3:DeleteObject'] }, 'gone'),
      'of a role that was edited last month': {
        ...ofStore({ neverActions: ['s3:DeleteObject'] }),
        histories: { 'role/a': { changedMs: daysAgo(30) } },
      },
      'no store tells': { actions: ['s3:GetObject', 's3:DeleteObject'] },
    },
  ),
  ...rows(
    'S05',
    {
      'the branch alone': when(REF, PROTECTED),
      'any subject': {
        issuer: { preset: 'generic', url: 'https://id.example.com', for: 'machine' },
        ...when(glob('sub', '*')),
      },
      'an owner that is left open': when(glob('repository', 'acme*/app'), ID, REF, PROTECTED),
      'a whole namespace of Kubernetes': {
        issuer: {
          preset: 'eks',
          url: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123',
          for: 'machine',
        },
        ...when({ claim: ['kubernetes.io', 'namespace'], equals: 'ci' }),
      },
    },
    {
      'an id': when(ID, REF, PROTECTED),
      'a subject': {
        issuer: { preset: 'generic', url: 'https://id.example.com', for: 'machine' },
        ...when(is('sub', 'job-7')),
      },
      'a pattern that begins with the team': {
        issuer: { preset: 'generic', url: 'https://id.example.com', for: 'machine' },
        ...when(glob('sub', 'team-a/*')),
      },
    },
  ),
  ...rows(
    'S06',
    {
      'a repository by its name': when(is('repository', 'acme/app'), REF, PROTECTED),
      'an owner by its name': when(is('repository_owner', 'acme'), REF, PROTECTED),
      '`sub` at GitHub': when(is('sub', 'repo:acme/app:ref:refs/heads/main'), PROTECTED),
      'a repository by its name, at GitHub by its address alone': {
        ...GITHUB_BARE,
        ...when(is('repository', 'acme/app'), REF, PROTECTED),
      },
      'an address that nobody verified': {
        issuer: { preset: 'generic', url: 'https://id.example.com', for: 'machine' },
        ...when(is('email', 'ann@example.com')),
      },
    },
    {
      'the id alone': when(ID, REF, PROTECTED),
      'the id, at GitHub by its address alone': { ...GITHUB_BARE, ...when(ID, REF, PROTECTED) },
      'a repository by its name, at an issuer of one’s own': {
        issuer: { preset: 'generic', url: 'https://id.example.com', for: 'machine' },
        ...when(is('repository', 'acme/app'), REF),
      },
      'the name with its id': when(is('repository', 'acme/app'), ID, REF, PROTECTED),
      'the owner with its id': when(
        is('repository_owner', 'acme'),
        is('repository_owner_id', '7'),
        REF,
        PROTECTED,
      ),
    },
  ),
  ...rows(
    'S07',
    {
      'pull requests by name, and the role writes': {
        ...WRITES,
        ...when(ID, is('event_name', 'pull_request')),
      },
      'anything that starts a job, and the role writes': { ...WRITES, ...when(ID) },
      'pull requests by name, and a pattern of the role deletes': {
        actions: ['s3:De*'],
        ...when(ID, is('event_name', 'pull_request')),
      },
      'anything that starts a job at GitHub by its address alone, and the role writes': {
        ...GITHUB_BARE,
        ...WRITES,
        ...when(ID),
      },
      'the ref of a pull request, and the role writes': {
        ...WRITES,
        ...when(ID, glob('ref', 'refs/pull/*/merge')),
      },
    },
    {
      'pull requests by name, and the role only reads': when(ID, is('event_name', 'pull_request')),
      'anything that starts a job, and the role only reads': when(ID),
      'anything that starts a job, and the role denies what it could write': {
        statements: [
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
          { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/x/secret/*' },
          { Effect: 'Deny', Action: 's3:PutObject', Resource: 'arn:aws:s3:::artifacts/x/*' },
        ],
        ...when(ID),
      },
      'a branch, and the role writes': { ...WRITES, ...when(ID, REF, PROTECTED) },
    },
  ),
  ...rows(
    'S08',
    {
      'an environment of anybody at GitHub': when(is('environment', 'production'), REF, PROTECTED),
      'GitHub, configured without its preset': {
        ...GITHUB_BARE,
        ...when(is('workflow', 'release')),
      },
      'a project name at GitLab.com': {
        issuer: { preset: 'gitlab', url: 'https://gitlab.com', for: 'machine' },
        ...when(is('ref', 'main'), is('ref_protected', 'true')),
      },
      'a branch of anybody at Buildkite': {
        issuer: { preset: 'buildkite', for: 'machine' },
        ...when(is('build_branch', 'main')),
      },
    },
    {
      'an id of a repository': when(ID, REF, PROTECTED),
      'an owner, whole, in a pattern': when(glob('repository', 'acme/*'), REF, PROTECTED),
      'a GitLab of one’s own': {
        issuer: { preset: 'gitlab', url: 'https://gitlab.example.com', for: 'machine' },
        ...when(is('ref', 'main'), is('ref_protected', 'true')),
      },
      'an organization of Buildkite': {
        issuer: { preset: 'buildkite', for: 'machine' },
        ...when(is('organization_id', 'o'), is('build_branch', 'main')),
      },
    },
  ),
  ...rows(
    'S09',
    {
      'the audience that everybody asks for AWS': { issuer: { audiences: ['sts.amazonaws.com'] } },
      'a word': { issuer: { audiences: ['https://stint.example.com', 'minio'] } },
      'the address of the store': { issuer: { audiences: ['https://minio.example.com'] } },
    },
    {
      'this server’s own address': { issuer: { audiences: ['https://stint.example.com'] } },
      'a name of its own': { issuer: { audiences: ['stint-of-acme'] } },
      'another host of the same domain': {
        issuer: { audiences: ['https://minio.example.com.evil.example'] },
      },
    },
  ),
  ...rows(
    'S10',
    {
      'an owner without an address': { mapping: { owner: 'bob' } },
      'an owner whose admin binding was ended': {
        mapping: { owner: 'ann@example.com' },
        admins: { ann: { issuer: 'people', sub: 'a', person: 'ann@example.com', roles: ['viewer'] } },
        disabled: ['admin_binding/ann'],
      },
      'the same in other letters': {
        mapping: { owner: 'Ann@Example.com' },
        admins: { ann: { issuer: 'people', sub: 'a', person: 'ann@example.com', roles: ['viewer'] } },
        disabled: ['admin_binding/ann'],
      },
    },
    {
      'a team': { mapping: { owner: 'team-a@example.com' } },
      'an owner with a binding that stands': {
        mapping: { owner: 'ann@example.com' },
        admins: { ann: { issuer: 'people', sub: 'a', person: 'ann@example.com', roles: ['viewer'] } },
      },
      'an owner one of whose two bindings was ended': {
        mapping: { owner: 'ann@example.com' },
        admins: {
          ann: { issuer: 'people', sub: 'a', person: 'ann@example.com', roles: ['viewer'] },
          'ann-2': { issuer: 'people', sub: 'b', person: 'ann@example.com', roles: ['viewer'] },
        },
        disabled: ['admin_binding/ann'],
      },
    },
  ),
  ...rows(
    'S11',
    {
      'a second version that nobody approved': {
        version: 2,
        history: { contentVersion: 2, approved: false },
      },
      'attested before it was edited': {
        version: 4,
        history: { contentVersion: 4, approved: false, changedMs: daysAgo(10), attestedMs: daysAgo(20) },
      },
      'where no second person is asked': {
        version: 2,
        twoPersons: false,
        history: { contentVersion: 2, approved: false },
      },
    },
    {
      'its first version': { history: { approved: false } },
      'a second version that a second person approved': {
        version: 2,
        history: { contentVersion: 2, approved: true },
      },
      'attested since it was edited': {
        version: 4,
        history: { contentVersion: 4, approved: false, changedMs: daysAgo(20), attestedMs: daysAgo(10) },
      },
      'only disabled and enabled since it was written': {
        version: 3,
        history: { contentVersion: 1, approved: false },
      },
      'edited to be off': {
        version: 2,
        history: { contentVersion: 2, approved: false },
        mapping: { mode: 'off' },
      },
    },
  ),
  ...rows(
    'S12',
    {
      'a subject that mappings of two roles match': {
        more: { n: { role: 'other' } },
        uses: seen({ repository_id: '42', ref: 'refs/heads/main', ref_protected: 'true' }),
      },
      'one matches by a pattern': {
        more: { n: { role: 'other', when: [ID, glob('ref', 'refs/heads/*')] } },
        uses: seen({ repository_id: '42', ref: 'refs/heads/main', ref_protected: 'true' }),
      },
      'a subject that was given sessions of both': {
        more: { n: { role: 'other' } },
        uses: { shared: [['m', 'n']] },
      },
    },
    {
      'two mappings of one role': {
        more: { n: {} },
        uses: seen({ repository_id: '42', ref: 'refs/heads/main', ref_protected: 'true' }),
      },
      'subjects that only one of them matches': {
        more: { n: { role: 'other', when: [is('repository_id', '43'), REF, PROTECTED] } },
        uses: seen({ repository_id: '42', ref: 'refs/heads/main', ref_protected: 'true' }),
      },
      'the other one is in shadow': {
        more: { n: { role: 'other', mode: 'shadow' } },
        uses: {
          ...seen({ repository_id: '42', ref: 'refs/heads/main', ref_protected: 'true' }),
          shared: [['m', 'n']],
        },
      },
      'nobody was seen': { more: { n: { role: 'other' } } },
    },
  ),
  ...rows(
    'S13',
    {
      'a key with a small modulus': { issuerKeys: [key({}), refusedKey('weak', 'modulus_size')] },
      'a key of a broken library, without a kid': { issuerKeys: [key({}), refusedKey(null, 'roca')] },
      'two keys of one kid at once': { issuerKeys: [key({}), refusedKey('k2', 'kid_twice')] },
      'a kid that was given again': {
        issuerKeys: [
          key({ goneMs: daysAgo(2), firstMs: daysAgo(200) }),
          key({ thumbprint: 't2', firstMs: daysAgo(2) }),
        ],
      },
      'the same keys for 400 days': { issuerKeys: [key({ firstMs: daysAgo(400) })] },
    },
    {
      'a key of last month': { issuerKeys: [key({})] },
      'a key that is for something else': { issuerKeys: [key({}), refusedKey('enc', 'use')] },
      'a weak key that is gone': {
        issuerKeys: [key({}), refusedKey('weak', 'exponent', { goneMs: daysAgo(1) })],
      },
      'old keys beside a new one': {
        issuerKeys: [
          key({ firstMs: daysAgo(900) }),
          key({ kid: 'k2', thumbprint: 't2', firstMs: daysAgo(90) }),
        ],
      },
      'keys of 400 days ago that nobody has seen since': {
        issuerKeys: [key({ firstMs: daysAgo(400), lastMs: daysAgo(390) })],
        use: used(395, 399),
        history: { inForceMs: daysAgo(1) },
      },
    },
  ),
  ...rows(
    'S14',
    {
      'a signing key of 366 days': secret(366),
      'a user secret of two years': secret(730, 'user secret'),
      'a signing key of 91 days, in the high profile': { ...secret(91), profile: 'high' },
    },
    {
      'a signing key of 364 days': secret(364),
      'a signing key of 91 days, in the standard profile': secret(91),
      'of a target that is disabled': secret(900, 'signing key', 'gone'),
    },
  ),
  ...rows(
    'S15',
    {
      'fifty refusals today, none ever before': refusals({ 0: 50 }),
      'fifty refusals yesterday': refusals({ 1: 50 }),
      'two hundred where ten a day are usual': refusals({ ...daily(10), 0: 200 }),
      'of a role': refusals({ 0: 50 }, { kind: 'role', name: 'a' }),
    },
    {
      'nineteen refusals': refusals({ 0: 19 }),
      'fifty a day, as always': refusals(daily(50)),
      'a spike of last week': refusals({ 7: 500 }),
      'thirty where fifteen a day are usual': refusals({ ...daily(15), 0: 30 }),
    },
  ),
  ...rows(
    'S16',
    {
      'a network of last week': network(7),
      'a network of the first day of the quarter': network(55),
      'a fifth network beside four': network(7, 4),
      'a second network after a single session': network(7, 1, 1),
    },
    {
      'a network of the quarter before': network(60),
      'a mapping that was first used this quarter': { ...network(7), use: used(1, 20) },
      'a mapping that is used from everywhere': network(7, 21),
      'a mapping whose few runs came from a network each': network(7, 12, 13),
      'of a mapping that is not there': {
        uses: { newNetworks: [{ mapping: 'gone', network: '203.0.113.0/24', firstMs: daysAgo(7) }] },
      },
    },
  ),
  ...rows(
    'S17',
    {
      'a document that fills what MinIO takes': {
        statements: ['x', 'y'].map((one) =>
          allow('s3:GetObject', `arn:aws:s3:::artifacts/${one}${'p'.repeat(890)}/*`),
        ),
      },
      'packed to 95 % by AWS': packed(95),
      'packed to exactly 90 %': packed(90),
    },
    {
      'a short document': {},
      'half of what MinIO takes': {
        statements: [allow('s3:GetObject', `arn:aws:s3:::artifacts/${'p'.repeat(850)}/*`)],
      },
      'packed to 40 % by AWS': packed(40),
      'a role that is not there': packed(99, 'gone'),
    },
  ),
  ...rows(
    'S18',
    {
      'a target that accepts': { target: PASS_THROUGH },
      'a role that accepts what it does not have': { role: { accept: ['condition_forgeable'] } },
      'a start on a configuration that was not the log’s last': {
        log: { exceptions: [{ seq: 7, atMs: daysAgo(30) }] },
      },
    },
    {
      'nothing is accepted': {},
      'a start like that a year ago': { log: { exceptions: [{ seq: 7, atMs: daysAgo(360) }] } },
      'of a target that is disabled': {
        target: PASS_THROUGH,
        disabled: ['target/store', 'role/a', 'mapping/m'],
      },
    },
  ),
  ...rows(
    'S19',
    {
      'a session whose end is overdue by an hour': { log: { open: [open(60)] } },
      'events that could not be written': {
        log: { gaps: [{ boot: 'b', afterSeq: 12, missing: 3, atMs: daysAgo(3) }] },
      },
      'no checkpoint for half an hour': { log: { uncoveredMs: minutesAgo(30) } },
      'an anchor that is behind for two hours': {
        log: { anchorsBehind: [{ anchor: 'file:/a', sinceMs: minutesAgo(120) }] },
      },
      'a clock that was set back by an hour': {
        log: { clockSteps: [{ boot: 'b', afterSeq: 5, seconds: -3_600, atMs: daysAgo(1) }] },
      },
    },
    {
      'a session that is being ended': { log: { open: [open(5)] } },
      'events that could not be written, half a year ago': {
        log: { gaps: [{ boot: 'b', afterSeq: 12, missing: 3, atMs: daysAgo(180) }] },
      },
      'a checkpoint of a minute ago': { log: { uncoveredMs: minutesAgo(1) } },
      'an anchor that is behind for a minute': {
        log: { anchorsBehind: [{ anchor: 'file:/a', sinceMs: minutesAgo(1) }] },
      },
      'a clock that a second was taken from': {
        log: { clockSteps: [{ boot: 'b', afterSeq: 5, seconds: -1, atMs: daysAgo(1) }] },
      },
    },
  ),
  ...rows(
    'S20',
    {
      'a statement that another one covers': {
        statements: [
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/*'),
        ],
      },
      'a statement that stands twice': {
        statements: [
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
        ],
      },
      'a Deny of what nothing allows': {
        statements: [
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
          { Effect: 'Deny', Action: 's3:PutObject', Resource: 'arn:aws:s3:::artifacts/y/*' },
        ],
      },
      'two mappings that say the same': { more: { n: {} } },
      'a mapping that another one covers': { more: { n: { when: [ID, REF] } } },
    },
    {
      'one statement': {},
      'two statements of two places': {
        statements: [
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/y/*'),
        ],
      },
      'a Deny of a part of what is allowed': {
        statements: [
          allow('s3:GetObject', 'arn:aws:s3:::artifacts/x/*'),
          { Effect: 'Deny', Action: 's3:GetObject', Resource: 'arn:aws:s3:::artifacts/x/secret/*' },
        ],
      },
      'two mappings of two repositories': {
        more: { n: { when: [is('repository_id', '43'), REF, PROTECTED] } },
      },
    },
  ),
]

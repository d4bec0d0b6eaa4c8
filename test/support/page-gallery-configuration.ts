import { type PageWorld, peopledConfiguration } from './page-world.ts'

export const WEEKS_BACK = 9
export const LONG_MAPPING = 'a-mapping-with-the-longest-name-that-the-schema-lets-anybody-giv'
export const LONG_ROLE = 'a-role-with-a-name-of-sixty-four-characters-which-is-the-longest'
/** As long as a forge lets a repository be, in one word. */
export const REPOSITORY =
  `acme-platform-engineering-department/${'a-very-long-repository-name-'.repeat(6)}`.slice(0, 200)

/** What may stand in a list or a picture and wants to be more than text. */
export const HOSTILE = {
  refs: ['refs/heads/\u202etxt.<script>alert(1)</script>', 'refs/heads/a\r\nSet-Cookie: x=1'],
  sub: `<img src=x onerror=alert(1)>"'${'x'.repeat(200)}`,
  purpose: `</title><script>alert(1)</script> "quoted" 'text' \u202eright to left\u202c and ümläut, 漢字, emoji 🗝️`,
  title: `"><svg onload=alert(1)> fourth \u202equarter`,
} as const

export type GalleryConfiguration = ReturnType<typeof galleryConfiguration>

/** Mappings of every standing, names as long as they may be, and people with one admin role each, at the page and over REST. */
export function galleryConfiguration(world: PageWorld, at: (days: number) => string) {
  const base = peopledConfiguration(world)
  const [main, quick] = [base.mappings['app-main'], base.mappings['app-quick']]
  const of = (claim: string, equals: string) => [{ claim: [claim], equals }]
  const day = (days: number) => at(days).slice(0, 10)
  const soon = WEEKS_BACK * 7
  const staff = (sub: string, person: string, ...roles: string[]) => ({ issuer: 'staff', sub, person, roles })
  const people = (sub: string, person: string, ...roles: string[]) => ({
    issuer: 'people',
    sub,
    person,
    roles,
  })
  const long = {
    ...main,
    role: LONG_ROLE,
    owner: 'a-team-with-a-long-address.of-many-parts.and-more@sub.department.example.com',
    purpose: HOSTILE.purpose.repeat(3),
    when: [
      { claim: ['repository'], glob: `${REPOSITORY.slice(0, 190)}*`, delimiter: '/' },
      {
        claim: ['ref'],
        anyOf: Array.from({ length: 40 }, (_, n) => `refs/heads/release/2026.${n}.0-candidate`),
      },
      ...Array.from({ length: 24 }, (_, n) => ({
        claim: ['https://example.com/claims', `part-${n}`],
        equals: `値 ${n} “quoted” \u202e`,
      })),
    ],
    unless: of('actor', 'dependabot[bot]'),
  }
  return {
    ...base,
    issuers: {
      ...base.issuers,
      staff: {
        url: world.vendor.admin.url,
        audiences: ['https://staff.example.com'],
        for: 'human',
        allowPrivateAddresses: ['127.0.0.0/8'],
      },
    },
    targets: { store: { ...base.targets.store, intake: { secret: 'store-intake' } } },
    roles: { ...base.roles, [long.role]: base.roles['app-artifacts'] },
    mappings: {
      ...base.mappings,
      'shadow-main': {
        ...main,
        mode: 'shadow',
        purpose: 'tried out before it counts',
        when: of('repository_id', '42'),
      },
      'off-for-now': { ...quick, mode: 'off', purpose: 'kept for the next release' },
      'ends-soon': { ...quick, expires: day(soon + 12), when: of('repository_id', '77') },
      'ended-lately': { ...quick, expires: day(soon - 5), when: of('repository_id', '78') },
      'stale-1': { ...quick, purpose: 'nobody knows any more', when: of('repository_id', '79') },
      'stale-2': { ...quick, when: of('repository_id', '80') },
      [LONG_MAPPING]: long,
    },
    admins: {
      ann: people('ann', 'ann@example.com', 'author', 'operator'),
      bob: people('bob', 'bob@example.com', 'approver', 'operator'),
      vic: people('vic', 'vic@example.com', 'viewer'),
      rita: people('rita', 'rita@example.com', 'reviewer'),
      ada: people('ada', 'ada@example.com', 'auditor'),
      gus: people('gus', 'a-person-with-a-long-address.of-many-parts@sub.department.example.com', 'viewer'),
      'ann-staff': staff('ann', 'ann@example.com', 'author'),
      'abe-staff': staff('abe', 'abe@example.com', 'approver'),
      'rita-staff': staff('rita', 'rita@example.com', 'reviewer'),
      'rolf-staff': staff('rolf', 'rolf@example.com', 'reviewer'),
      'lena-staff': staff(
        'lena',
        'a-reviewer-with-a-long-address.of-many-parts@sub.department.example.com',
        'reviewer',
      ),
    },
  }
}

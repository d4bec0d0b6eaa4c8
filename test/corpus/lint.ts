import { type BaseCells, glob, ID, is, PASS_THROUGH, PROTECTED, REF, when } from './base-configuration.ts'

/**
 * Configurations for the lint, as what differs from the base, in which it finds nothing.
 * Each rule has rows in which it finds something and rows in which it does not.
 */
export type LintRow = BaseCells & {
  readonly rule: string
  readonly finds: boolean
  readonly name: string
  /** More issuers. */
  readonly issuers?: Readonly<Record<string, object>>
  /** Administrators: their person, and the roles of each binding. */
  readonly admins?: Readonly<Record<string, readonly [person: string, ...roles: string[]]>>
}

const k8s =
  (...steps: string[]) =>
  (equals: string) => ({ claim: ['kubernetes.io', ...steps], equals })
const CI = 'oidc.circleci.com'
const url = { url: 'https://issuer.example.com', for: 'machine' }
const preset = (name: string, more: object = {}) => ({ preset: name, ...url, ...more })
const EKS_URL = 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF0123'

type Cells = Omit<LintRow, 'rule' | 'finds' | 'name'>
function rule(
  id: string,
  finds: Readonly<Record<string, Cells>>,
  not: Readonly<Record<string, Cells>>,
): LintRow[] {
  const rows = (named: Readonly<Record<string, Cells>>, does: boolean) =>
    Object.entries(named).map(([name, cells]) => ({ rule: id, finds: does, name, ...cells }))
  return [...rows(finds, true), ...rows(not, false)]
}

const PLAIN_USER = { mode: 'assume-role', user: { accessKeyId: 'stint', secret: 'store-user' } }

export const LINT: readonly LintRow[] = [
  ...rule(
    'name-without-id',
    {
      'a repository by name': when(is('repository', 'acme/app'), REF),
      'an owner by pattern': when(glob('repository_owner', 'acme*'), REF),
    },
    { 'name and id': when(is('repository', 'acme/app'), ID, REF), 'the id alone': {} },
  ),
  ...rule(
    'sub-changes',
    { 'sub at GitHub': when(is('sub', 'repo:acme/app:ref:refs/heads/main')) },
    {
      'no sub': {},
      'sub at Kubernetes': { issuer: preset('kubernetes'), ...when(is('sub', 'system:serviceaccount:a:b')) },
    },
  ),
  ...rule(
    'open-owner',
    {
      'repo:acme*': when(glob('sub', 'repo:acme*', ':')),
      'any repository': when(glob('repository', '*/app')),
    },
    {
      'repo:acme/*': when(glob('sub', 'repo:acme/*')),
      'a pattern of a ref': when(glob('ref', 'refs/*/main'), ID),
    },
  ),
  ...rule(
    'tenant-open',
    { 'Buildkite by pipeline slug': { issuer: preset('buildkite'), ...when(is('pipeline_slug', 'app')) } },
    {
      'Buildkite by organization': {
        issuer: preset('buildkite'),
        ...when(is('organization_id', 'x'), is('build_branch', 'main')),
      },
      'an issuer of one organization': {},
    },
  ),
  ...rule(
    'glob-all',
    { 'a star': when(ID, glob('ref', '*')), 'stars and slashes': when(ID, glob('ref', '*/*/*')) },
    { 'a beginning': when(ID, glob('ref', 'refs/heads/*')) },
  ),
  ...rule(
    'glob-crosses',
    { 'a slash under a colon': when(ID, glob('ref', 'refs/heads/*', ':')) },
    {
      'its own delimiter': when(ID, glob('ref', 'refs/heads/*')),
      'no separator in it': when(ID, glob('environment', 'prod-*', '-')),
    },
  ),
  ...rule(
    'any-event',
    { 'a repository and nothing more': when(ID) },
    {
      'a branch': {},
      'an environment': when(ID, is('environment', 'production')),
      'an issuer without events': { issuer: preset('generic'), ...when(is('a', 'b')) },
    },
  ),
  ...rule(
    'pull-request',
    {
      'by event': when(ID, is('event_name', 'pull_request')),
      'by target event': when(ID, { claim: ['event_name'], anyOf: ['push', 'pull_request_target'] }),
      'by ref': when(ID, glob('ref', 'refs/pull/*/merge')),
      'by sub': when(is('sub', 'repo:a/b:pull_request')),
    },
    {
      'a push': when(ID, is('event_name', 'push')),
      'pull requests taken away': {
        mapping: { when: [ID, REF, PROTECTED], unless: [is('event_name', 'pull_request')] },
      },
    },
  ),
  ...rule(
    'no-environment',
    { 'a role that writes': { actions: ['s3:PutObject'] } },
    {
      'a role that reads': {},
      'an environment': { actions: ['s3:PutObject'], ...when(ID, is('environment', 'production')) },
    },
  ),
  ...rule(
    'branch-unprotected',
    { 'a branch': when(ID, REF) },
    { 'and protected': when(ID, REF, PROTECTED), 'no branch': when(ID, is('environment', 'p')) },
  ),
  ...rule(
    'list-as-value',
    {
      'groups of Okta': { issuer: preset('okta'), ...when(is('sub', 's'), is('groups', 'admins')) },
      'roles of Keycloak': {
        issuer: preset('keycloak'),
        ...when(is('sub', 's'), { claim: ['realm_access', 'roles'], equals: 'admin' }),
      },
      'aud of Kubernetes': { issuer: preset('kubernetes'), ...when(is('aud', 'x')) },
    },
    {
      'looked into': {
        issuer: preset('okta'),
        ...when(is('sub', 's'), { claim: ['groups'], contains: 'admins' }),
      },
      'a text': {},
    },
  ),
  ...rule(
    'value-as-list',
    { 'a text of GitHub': when(ID, { claim: ['ref'], contains: 'main' }) },
    {
      'a list of GitLab': { issuer: preset('gitlab'), ...when({ claim: ['groups_direct'], contains: 'a' }) },
    },
  ),
  ...rule(
    'number-as-text',
    { 'a build number': { issuer: preset('buildkite'), ...when(is('build_number', '7')) } },
    { 'as a number': { issuer: preset('buildkite'), ...when(is('build_number', 7)) } },
  ),
  ...rule(
    'case',
    {
      'an event in capitals': when(ID, is('event_name', 'Push')),
      'a UUID in capitals': { issuer: preset('bitbucket'), ...when(is('repositoryUuid', '{ABC}')) },
    },
    {
      'as it is sent': when(ID, is('event_name', 'push')),
      'a branch in capitals': when(ID, is('ref', 'refs/heads/RELEASE')),
    },
  ),
  ...rule(
    'unknown-claim',
    {
      'a letter too few': when(is('repositoy_id', '42'), REF),
      'another case': when(is('Repository_id', '42'), REF),
    },
    {
      'a documented one': {},
      'one of their own, far from any': when(ID, REF, PROTECTED, is('repo_property_team', 'x')),
      'an issuer whose claims anybody adds to': { issuer: preset('generic'), ...when(is('subb', 'x')) },
    },
  ),
  ...rule(
    'time-claim',
    {
      jti: when(ID, REF, is('jti', 'x')),
      'iat in unless': { mapping: { when: [ID, REF], unless: [is('iat', 1)] } },
    },
    {
      none: {},
      'a member of that name inside': {
        issuer: preset('generic'),
        ...when({ claim: ['x', 'exp'], equals: 1 }),
      },
    },
  ),
  ...rule(
    'email-unverified',
    {
      'an address': {
        issuer: preset('google', { url: 'https://accounts.google.com' }),
        ...when(is('email', 'a@example.com')),
      },
    },
    {
      verified: {
        issuer: preset('google', { url: 'https://accounts.google.com' }),
        ...when(is('email', 'a@example.com'), is('email_verified', true)),
      },
    },
  ),
  ...rule(
    'mutable-name',
    {
      'an actor': when(is('actor', 'octocat'), REF),
      'a name at any issuer': { issuer: preset('generic'), ...when(is('preferred_username', 'x')) },
    },
    { 'beside what lasts': when(ID, REF, PROTECTED, is('actor', 'octocat')) },
  ),
  ...rule(
    'unless-optional',
    { 'an environment': { mapping: { when: [ID, REF], unless: [is('environment', 'test')] } } },
    {
      'a claim that is always there': {
        mapping: { when: [ID, REF, PROTECTED], unless: [is('event_name', 'schedule')] },
      },
      'one that when demands': {
        mapping: { when: [ID, glob('environment', 'p*')], unless: [is('environment', 'pt')] },
      },
    },
  ),
  ...rule(
    'ssh-rerun',
    { 'not mentioned': { issuer: preset('circleci'), ...when(is(`${CI}/project-id`, 'p')) } },
    {
      denied: {
        issuer: preset('circleci'),
        ...when(is(`${CI}/project-id`, 'p'), is(`${CI}/ssh-rerun`, false)),
      },
      'another issuer': {},
    },
  ),
  ...rule(
    'fork-origin',
    { 'not pinned': { issuer: preset('circleci'), ...when(is(`${CI}/project-id`, 'p')) } },
    { pinned: { issuer: preset('circleci'), ...when(is(`${CI}/vcs-origin`, 'github.com/acme/app')) } },
  ),
  ...rule(
    'default-service-account',
    {
      'by name': { issuer: preset('kubernetes'), ...when(k8s('serviceaccount', 'name')('default')) },
      'by sub': { issuer: preset('kubernetes'), ...when(is('sub', 'system:serviceaccount:build:default')) },
    },
    {
      another: { issuer: preset('kubernetes'), ...when(k8s('serviceaccount', 'name')('ci')) },
      'a namespace of that name': { issuer: preset('kubernetes'), ...when(k8s('namespace')('default')) },
    },
  ),
  ...rule(
    'whole-namespace',
    { 'a namespace': { issuer: preset('kubernetes'), ...when(k8s('namespace')('build')) } },
    {
      'and a service account': {
        issuer: preset('kubernetes'),
        ...when(k8s('namespace')('build'), k8s('serviceaccount', 'uid')('u')),
      },
    },
  ),
  ...rule(
    'wide-any-of',
    { 'twenty-one': when(ID, { claim: ['ref'], anyOf: Array.from({ length: 21 }, (_, at) => `r-${at}`) }) },
    { two: when(ID, { claim: ['ref'], anyOf: ['a', 'b'] }) },
  ),
  ...rule(
    'unreachable',
    {
      'two values of one claim': when(ID, is('repository_id', '43')),
      'sets without a common value': when(
        { claim: ['ref'], anyOf: ['a', 'b'] },
        { claim: ['ref'], anyOf: ['c'] },
      ),
      'what unless takes away': { mapping: { when: [ID, REF], unless: [REF] } },
    },
    {
      'sets with a common value': when(
        ID,
        { claim: ['ref'], anyOf: ['a', 'b'] },
        { claim: ['ref'], anyOf: ['b', 'c'] },
      ),
      'two patterns': when(ID, glob('ref', 'a*'), glob('ref', '*b')),
    },
  ),
  ...rule(
    'expired',
    { yesterday: { mapping: { expires: '2026-11-23' } } },
    { 'next year': {}, 'later today': { mapping: { expires: '2026-11-24' } } },
  ),
  ...rule(
    'expires-soon',
    { 'in a week': { mapping: { expires: '2026-12-01' } } },
    {
      'in a month': { mapping: { expires: '2026-12-24' } },
      'ended already': { mapping: { expires: '2026-11-01' } },
    },
  ),
  ...rule(
    'expires-late',
    { 'in two years': { mapping: { expires: '2028-11-24' } } },
    { 'in half a year': {} },
  ),
  ...rule(
    'owner-unreachable',
    { 'a bare word': { mapping: { owner: 'bob' } } },
    { 'an address': {}, 'a team': { mapping: { owner: '@acme/app' } } },
  ),
  ...rule('purpose-thin', { 'three letters': { mapping: { purpose: 'foo' } } }, { 'a sentence': {} }),
  ...rule(
    'off',
    { off: { mapping: { mode: 'off' } }, 'left out': { mapping: { mode: undefined } } },
    { 'in force': {}, 'in shadow': { mapping: { mode: 'shadow' } } },
  ),
  ...rule(
    'single-use-without-jti',
    {
      Buildkite: {
        issuer: preset('buildkite'),
        mapping: { when: [is('organization_id', 'x')], singleUse: true },
      },
    },
    {
      GitHub: { mapping: { singleUse: true } },
      'an issuer that is not known': { issuer: preset('generic'), mapping: { singleUse: true } },
    },
  ),
  ...rule(
    'single-use-replay',
    { both: { mapping: { singleUse: true }, role: { replay: { window: '60s' } } } },
    {
      'replay alone': { role: { replay: { window: '60s' } } },
      'singleUse alone': { mapping: { singleUse: true } },
    },
  ),
  ...rule(
    'brief-token',
    { GitHub: { mapping: { bindToToken: true } } },
    { CircleCI: { issuer: preset('circleci'), mapping: { bindToToken: true } }, 'not bound': {} },
  ),
  ...rule(
    'limit-without-effect',
    { 'as long as the role': { mapping: { maxLifetime: '2h' } } },
    { shorter: { mapping: { maxLifetime: '10m' } } },
  ),
  ...rule(
    'limit-below-least',
    { 'two seconds': { mapping: { maxLifetime: '2s' } } },
    { 'a minute': { mapping: { maxLifetime: '1m' } } },
  ),
  ...rule(
    'people-at-machine-role',
    { 'a group': { issuer: preset('okta'), ...when({ claim: ['groups'], contains: 'x' }) } },
    {
      'a client': { issuer: preset('okta'), ...when(is('cid', 'c')) },
      'people at a role of people': {
        issuer: preset('okta', { for: 'human' }),
        role: { for: 'human' },
        ...when({ claim: ['groups'], contains: 'x' }),
      },
    },
  ),
  ...rule(
    'duplicate',
    { 'the same in another order': { more: { n: { when: [PROTECTED, REF, ID] } } } },
    {
      'another role': { more: { n: { role: 'other' } } },
      'one in shadow': { more: { n: { mode: 'shadow' } } },
    },
  ),
  ...rule(
    'shadowed',
    {
      'one with a condition more': { more: { n: { when: [ID, REF, PROTECTED, is('event_name', 'push')] } } },
    },
    {
      'one that is the same': { more: { n: {} } },
      'the other way about, in another role': { more: { n: { when: [ID], role: 'other' } } },
    },
  ),
  ...rule(
    'audience-of-others',
    {
      'that of AWS': { issuer: { audiences: ['sts.amazonaws.com'] } },
      'that of GitHub': { issuer: { audiences: ['https://github.com/acme'] } },
    },
    { ours: {} },
  ),
  ...rule(
    'issuer-url',
    {
      'Auth0 without its slash': { issuer: preset('auth0', { url: 'https://acme.eu.auth0.com' }) },
      'Entra for everybody': {
        issuer: preset('entra', { url: 'https://login.microsoftonline.com/common/v2.0' }),
      },
    },
    {
      'EKS as it is': { issuer: preset('eks', { url: EKS_URL }) },
      'Auth0 with its slash': { issuer: preset('auth0', { url: 'https://acme.eu.auth0.com/' }) },
      GitHub: {},
    },
  ),
  ...rule(
    'long-tokens',
    { 'two days': { issuer: { maxLifetime: '48h' } } },
    {
      'two days, but no older than an hour': { issuer: { maxLifetime: '48h', maxAge: '1h' } },
      'an hour': {},
    },
  ),
  ...rule(
    'issuer-unused',
    { 'a second one': { issuers: { second: { ...url, preset: 'generic', audiences: ['x'] } } } },
    { 'one with a mapping': {} },
  ),
  ...rule(
    'auditor-of-own-work',
    {
      'by one binding': { admins: { ann: ['ann@example.com', 'author', 'auditor'] } },
      'by two, spelt otherwise': {
        admins: { ann: ['ann@example.com', 'auditor'], 'ann-again': ['ANN@example.com', 'approver'] },
      },
    },
    {
      'an auditor alone': {
        admins: { ada: ['ada@example.com', 'auditor'], ann: ['ann@example.com', 'author'] },
      },
      'an auditor who only looks': { admins: { ada: ['ada@example.com', 'auditor', 'viewer', 'reviewer'] } },
    },
  ),
  ...rule(
    'pass-through',
    { 'the store trusts the issuer': { target: PASS_THROUGH } },
    { 'the usual': {}, 'a plain user': { target: PLAIN_USER } },
  ),
  ...rule('one-ends-all', { 'a plain user': { target: PLAIN_USER } }, { 'the usual': {} }),
  ...rule(
    'not-endable',
    { 'pass-through': { target: PASS_THROUGH } },
    { 'the usual': {}, 'a plain user': { target: PLAIN_USER } },
  ),
  ...rule('no-budget', { none: { target: { subjectBudget: 'none' } } }, { 'the usual': {} }),
  ...rule(
    'role-unused',
    { 'nobody uses it': { otherRole: true } },
    { 'a mapping leads to it': { more: { o: { role: 'other' } } } },
  ),
  ...rule('replays', { 'a minute': { role: { replay: { window: '60s' } } } }, { 'each its own': {} }),
]

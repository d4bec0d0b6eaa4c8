import type { MappingBody } from '../resource.ts'
import type { Detector } from './detector.ts'
import type { SeenMapping } from './scene.ts'

/** Claims that say something of a job or a token, and not who it is of. */
const NOT_WHO = new Set([
  'acr', 'amr', 'aud', 'auth_time', 'base_ref', 'branch', 'build_branch', 'email_verified', 'environment',
  'environment_protected', 'event_name', 'exp', 'head_ref', 'iat', 'iss', 'nbf', 'pipeline_source', 'ref',
  'ref_name', 'ref_protected', 'ref_type', 'repository_visibility', 'runner_environment', 'scope', 'scp', 'sha',
  'step_key', 'token_use', 'typ', 'workflow',
]) // biome-ignore format: a list of words

/** Issuers that serve everybody, by their address, and the claims one of which tells their customers apart. */
const SHARED: Readonly<Record<string, readonly string[]>> = {
  'https://token.actions.githubusercontent.com': [
    'repository_owner_id',
    'repository_id',
    'repository_owner',
    'repository',
    'enterprise_id',
    'enterprise',
    'sub',
  ],
  'https://gitlab.com': ['namespace_id', 'project_id', 'namespace_path', 'project_path', 'sub'],
  'https://agent.buildkite.com': ['organization_id', 'organization_slug', 'pipeline_id', 'sub'],
  'https://accounts.google.com': ['sub', 'email', 'hd', 'google', 'azp'],
  'https://oidc.vercel.com': ['owner_id', 'owner', 'project_id', 'sub'],
  'https://app.terraform.io': [
    'terraform_organization_id',
    'terraform_organization_name',
    'terraform_project_id',
    'terraform_workspace_id',
    'sub',
  ],
}

/** Whom a mapping admits. */
export const SUBJECT_DETECTORS: readonly Detector[] = [
  {
    id: 'S05',
    rule: 'subject-open',
    severity: 'warning',
    about: 'nothing of the mapping says who is admitted, or a pattern leaves it open',
    restsOn: 'the conditions of the mapping',
    fix: 'pin `sub`, or an id of the organization, project or workload',
    folds: ['glob-all', 'glob-crosses', 'open-owner', 'whole-namespace', 'default-service-account'],
    find: ({ mappings }) =>
      mappings.flatMap(({ name, body }) =>
        saysWho(body)
          ? []
          : [{ kind: 'mapping', name, at: ['when'], says: 'no condition says who it is', evidence: {} }],
      ),
  },
  {
    id: 'S06',
    rule: 'mutable-subject',
    severity: 'warning',
    about: 'a name decides that can be given to somebody else, and no id that lasts stands beside it',
    restsOn: 'the conditions of the mapping, and what its issuer’s preset knows of names and ids',
    fix: 'add the id: at GitHub `repository_id` or `repository_owner_id`',
    folds: ['name-without-id', 'mutable-name', 'sub-changes', 'email-unverified'],
    find: () => [],
  },
  {
    id: 'S07',
    rule: 'unreviewed-code-writes',
    severity: 'warning',
    about:
      'code that nobody has reviewed, of a pull request or a fork, reaches a role that writes or deletes',
    restsOn: 'the conditions of the mapping, and the actions of its role',
    fix: 'pin the branch or the environment; give pull requests a role that only reads',
    folds: ['pull-request', 'any-event', 'fork-origin'],
    takes: (finding, { writing, mapping }) => writing.has(mapping(finding.name)?.body.role ?? ''),
    find: () => [],
  },
  {
    id: 'S08',
    rule: 'tenant-unpinned',
    severity: 'warning',
    about: 'the issuer serves many organizations, and none of them is pinned',
    restsOn:
      'the conditions of the mapping, and the address of its issuer, whatever preset it is configured with',
    fix: 'add a condition on the organization',
    folds: ['tenant-open'],
    find: ({ mappings }) =>
      mappings.flatMap((mapping) => {
        const tenant = tenantClaims(mapping)
        return tenant.length === 0 || tenant.some((claim) => fixes(mapping.body, claim))
          ? []
          : [
              {
                kind: 'mapping',
                name: mapping.name,
                at: ['when'],
                says: `this issuer serves everybody; pin one of ${tenant.join(', ')}`,
                evidence: { issuer: mapping.body.issuer },
              },
            ]
      }),
  },
]

function saysWho({ when }: MappingBody): boolean {
  return when.some((condition) => {
    const [first = '', ...rest] = condition.claim
    if (rest.length === 0 && NOT_WHO.has(first)) return false
    // A pattern says who where it begins with something of its own.
    return !('glob' in condition) || /^[^*]/.test(condition.glob)
  })
}

/** Values, or a pattern whose first name is whole: `repo:acme/*` and not `repo:acme*`. */
function fixes({ when }: MappingBody, claim: string): boolean {
  return when.some(
    (condition) =>
      condition.claim[0] === claim &&
      (!('glob' in condition) || /^[^*/:|@]+[/:|@]/.test(condition.glob.replace(/^[a-z_]+:/, ''))),
  )
}

/** What the lint does not see: it goes by the preset, and not every preset of a shared issuer says that it is one. */
function tenantClaims({ issuer, preset }: SeenMapping): readonly string[] {
  return issuer === null || preset.tenant.length > 0 ? [] : (SHARED[issuer.url] ?? [])
}

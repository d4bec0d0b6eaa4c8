import type { Algorithm, Kind } from './issuer.ts'
import type { ClaimPath } from './subject.ts'

/** What is known of a kind of issuer, as data: defaults, the claims worth recording, and its traps. */
export type Preset = {
  /** null: the configuration must give it. */
  readonly url: string | null
  readonly algorithms: readonly Algorithm[]
  readonly typ: readonly (string | null)[]
  readonly maxLifetimeSeconds: number
  readonly for: Kind | null
  readonly recordedClaims: readonly ClaimPath[]
  /** Claims that this issuer always sends as text, ids and booleans among them: a bare number in a mapping never matches. */
  readonly textClaims: readonly string[]
}

const GITHUB_TEXTS = [
  'sub',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'repository_visibility',
  'ref',
  'ref_type',
  'ref_protected',
  'environment',
  'event_name',
  'workflow_ref',
  'workflow_sha',
  'job_workflow_ref',
  'job_workflow_sha',
  'runner_environment',
  'actor',
  'actor_id',
  'run_id',
  'run_number',
  'run_attempt',
  'sha',
  'check_run_id',
  'enterprise',
  'enterprise_id',
]

export const PRESETS = {
  /**
   * GitHub Actions. `sub` is `repo:OWNER/NAME:…` for repositories of before 2026-07-15 and `repo:OWNER@ID/NAME@ID:…`
   * for those created, renamed or transferred since; it also changes with the repository's template. Names can be taken
   * over by others, `repository_id` and `repository_owner_id` cannot.
   * (GitHub Docs, "OpenID Connect reference": token claims.)
   */
  'github-actions': {
    url: 'https://token.actions.githubusercontent.com',
    algorithms: ['RS256'],
    typ: ['jwt'],
    maxLifetimeSeconds: 3600,
    for: 'machine',
    recordedClaims: [
      ['repository'],
      ['repository_id'],
      ['repository_owner_id'],
      ['ref'],
      ['event_name'],
      ['environment'],
      ['job_workflow_ref'],
      ['actor_id'],
      ['run_id'],
    ],
    textClaims: GITHUB_TEXTS,
  },
  /**
   * Kubernetes service account tokens, projected for an audience of ours. The bound facts stand under `kubernetes.io`,
   * one step of a path in spite of its dot; `aud` is an array. (Kubernetes docs, "Managing Service Accounts".)
   */
  kubernetes: {
    url: null,
    algorithms: ['RS256', 'ES256'],
    typ: ['jwt', null],
    maxLifetimeSeconds: 86_400,
    for: 'machine',
    recordedClaims: [
      ['kubernetes.io', 'namespace'],
      ['kubernetes.io', 'serviceaccount', 'name'],
      ['kubernetes.io', 'serviceaccount', 'uid'],
      ['kubernetes.io', 'pod', 'name'],
      ['kubernetes.io', 'pod', 'uid'],
    ],
    textClaims: ['sub'],
  },
  /** Any other OIDC issuer: everything that cannot be known must be said. */
  generic: {
    url: null,
    algorithms: ['RS256', 'ES256'],
    typ: ['jwt', null],
    maxLifetimeSeconds: 86_400,
    for: null,
    recordedClaims: [],
    textClaims: ['sub'],
  },
} as const satisfies Record<string, Preset>
export type PresetName = keyof typeof PRESETS

/** The preset of that name, or undefined. */
export function presetOf(name: string): Preset | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name as PresetName] : undefined // an own key of the table
}

/** The claims that a preset records; none for an unknown name. */
export function presetClaims(name: string): readonly ClaimPath[] {
  return presetOf(name)?.recordedClaims ?? []
}

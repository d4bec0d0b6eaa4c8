import { AUTH0 } from './presets/auth0.ts'
import { BITBUCKET } from './presets/bitbucket.ts'
import { BUILDKITE } from './presets/buildkite.ts'
import { CIRCLECI } from './presets/circleci.ts'
import { COGNITO } from './presets/cognito.ts'
import { ENTRA } from './presets/entra.ts'
import { GENERIC } from './presets/generic.ts'
import { GITHUB_ACTIONS } from './presets/github-actions.ts'
import { GITLAB } from './presets/gitlab.ts'
import { GOOGLE } from './presets/google.ts'
import { KEYCLOAK } from './presets/keycloak.ts'
import { AKS, EKS, GKE, KUBERNETES } from './presets/kubernetes.ts'
import { OKTA } from './presets/okta.ts'
import type { Preset } from './presets/preset.ts'
import type { ClaimPath } from './subject.ts'

/** What is known of issuers, by the name that a configuration says. */
export const PRESETS = {
  'github-actions': GITHUB_ACTIONS,
  gitlab: GITLAB,
  bitbucket: BITBUCKET,
  buildkite: BUILDKITE,
  circleci: CIRCLECI,
  kubernetes: KUBERNETES,
  eks: EKS,
  gke: GKE,
  aks: AKS,
  google: GOOGLE,
  okta: OKTA,
  auth0: AUTH0,
  entra: ENTRA,
  cognito: COGNITO,
  keycloak: KEYCLOAK,
  generic: GENERIC,
} as const satisfies Record<string, Preset>
export type PresetName = keyof typeof PRESETS

/** The preset of that name, or undefined. */
export function presetOf(name: string): Preset | undefined {
  return Object.hasOwn(PRESETS, name) ? PRESETS[name as PresetName] : undefined // an own key of the table
}

/** Presets whose address nobody else has, and that one installation of GitLab that everybody uses. */
const BY_ADDRESS: readonly (readonly [pattern: RegExp, preset: Preset])[] = [
  ...[GITHUB_ACTIONS, BITBUCKET, BUILDKITE, CIRCLECI, EKS, GKE, AKS, GOOGLE, ENTRA, COGNITO].flatMap(
    (preset) => (preset.urlPattern === null ? [] : [[new RegExp(preset.urlPattern), preset] as const]),
  ),
  [/^https:\/\/gitlab\.com$/, GITLAB],
]

/**
 * What is known of an issuer: by its preset, and of one that is configured without by its address. Its traps are there
 * whatever an administrator wrote.
 */
export function presetAt({ preset, url }: { readonly preset: string; readonly url: string }): Preset {
  const named = presetOf(preset) ?? GENERIC
  return named === GENERIC ? (BY_ADDRESS.find(([pattern]) => pattern.test(url))?.[1] ?? GENERIC) : named
}

/** The claims that a preset records; none for an unknown name. */
export function presetClaims(name: string): readonly ClaimPath[] {
  return presetOf(name)?.recordedClaims ?? []
}

/** Whether an issuer of that preset always sends this claim as text. */
export function isTextClaim(preset: Preset, claim: string): boolean {
  return preset.textClaims === 'all' || preset.textClaims.includes(claim)
}

import type { Algorithm, Kind } from './issuer.ts'
import type { ClaimPath } from './subject.ts'
import type { TargetKind } from './target-kind.ts'
import type { TargetMode } from './target-kinds/target-kind.ts'

/** The six nouns of the configuration. A policy's name is `name@version`: its document never changes. */
export const RESOURCE_KINDS = ['issuer', 'target', 'policy', 'role', 'mapping', 'admin_binding'] as const
export type ResourceKind = (typeof RESOURCE_KINDS)[number]

/** What a condition compares with. Types are never mixed: the text "42" is not the number 42. */
export type Scalar = string | number | boolean

/**
 * One condition on one claim. `contains` and `containsAnyOf` are for claims that are lists; everything else is for one
 * value. `glob` is anchored; its `*` never crosses `delimiter`, and there is no user regex.
 */
export type ConditionBody = { readonly claim: ClaimPath } & (
  | { readonly equals: Scalar }
  | { readonly anyOf: readonly Scalar[] }
  | { readonly contains: Scalar }
  | { readonly containsAnyOf: readonly Scalar[] }
  | { readonly glob: string; readonly delimiter: string }
)

export type IssuerBody = {
  readonly preset: string
  readonly url: string
  readonly audiences: readonly string[]
  readonly algorithms: readonly Algorithm[]
  readonly typ: readonly (string | null)[]
  readonly leewaySeconds: number
  readonly maxLifetimeSeconds: number
  readonly maxAgeSeconds: number | null
  readonly jwksUri: string | null
  readonly allowPrivateAddresses: readonly string[]
  readonly for: Kind
}

export type TargetBody = {
  readonly kind: TargetKind
  readonly mode: TargetMode
  /** Origin of the store, such as https://minio.example.com:9000: no path, no trailing slash. */
  readonly endpoint: string
  /** The region that the store signs with; empty where it names none (MINIO_SITE_REGION). */
  readonly region: string
  readonly allowPrivateAddresses: readonly string[]
  /** A plain user of the store, by key id and the name of its secret; the secret itself is in no configuration. */
  readonly user?: StoreUser
  /** Who may write policy at the store, to end sessions; left out: nobody. */
  readonly admin?: StoreUser | 'default-chain'
  /** The role at the store. */
  readonly roleArn?: string
  /** MaxSessionDuration of that role: above it the store fails the call. */
  readonly maxSessionSeconds?: number
  /** What the trust policy of that role wants to hear from us (AWS). */
  readonly externalId?: string
  /** Whether the assumption's id is the session's source identity (AWS); left out: it is. */
  readonly sourceIdentity?: 'assumption' | 'none'
  /** Those of a role's tags that go along where a session assumes another role (AWS). */
  readonly transitiveTags?: readonly string[]
  /** Where the store's IAM is asked (AWS); left out: where its partition has it. */
  readonly iamEndpoint?: string
  /** Findings that the author lives with, by name. */
  readonly accept?: readonly string[]
  /** Where the store tells of what sessions do (MinIO): the secret it shows, and how long what it told is kept. */
  readonly intake?: TargetIntake
  /** Who may read the store's own list of sessions, and how often it is asked (MinIO). */
  readonly reconcile?: TargetReconcile
  /** How many sessions one subject may ask of this store in a stretch of time; null: no bound. */
  readonly subjectBudget: SubjectBudget | null
  /** Where the probe may write, and how often it looks. */
  readonly probe: TargetProbe
}

export type TargetProbe = {
  /** A bucket of its own; null: what needs one is not tried. */
  readonly bucket: string | null
  /** In front of all objects of the probe, without slashes at its ends. */
  readonly prefix: string
  /** Between two probes; null: only when somebody asks. */
  readonly everySeconds: number | null
}

export type TargetIntake = { readonly secret: string; readonly keepDays: number }

export type TargetReconcile = { readonly user: StoreUser; readonly everySeconds: number }

export type StoreUser = { readonly accessKeyId: string; readonly secret: string }

export type SubjectBudget = { readonly sessions: number; readonly perSeconds: number }

export type PolicyBody = {
  readonly placeholders: Readonly<Record<string, { readonly type: string; readonly maxBytes: number }>>
  /** The IAM document with its placeholders, as the author wrote it. */
  readonly document: unknown
}

export type PlaceholderValue = { readonly value: string } | { readonly claim: ClaimPath }

export type RoleBody = {
  readonly target: string
  readonly policies: readonly {
    readonly use: string
    readonly with: Readonly<Record<string, PlaceholderValue>>
  }[]
  readonly lifetime: {
    readonly minSeconds: number
    readonly defaultSeconds: number
    readonly maxSeconds: number
  }
  readonly for: Kind
  /** What is refused whatever mappings say; a missing claim counts as held. */
  readonly never: readonly ConditionBody[]
  /** Diagnostic codes of policies that the author lives with, by name. */
  readonly accept: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** How long an identical request gets the same session again; null: each gets its own. */
  readonly replay: { readonly windowSeconds: number } | null
}

export type MappingMode = 'off' | 'shadow' | 'enforce'

export type MappingBody = {
  readonly issuer: string
  readonly role: string
  readonly when: readonly ConditionBody[]
  readonly unless: readonly ConditionBody[]
  readonly owner: string
  readonly purpose: string
  readonly mode: MappingMode
  /** The instant after which it matches no more, ISO 8601 UTC; a bare date means the end of that day. */
  readonly expires: string
  readonly bindToToken: boolean
  /** A tighter maximum than the role's; null: none. */
  readonly maxLifetimeSeconds: number | null
  /** Each token, by (issuer, `jti`), opens this mapping once; a token without `jti` never. */
  readonly singleUse: boolean
  /** How many sessions the mapping gives in all its versions together; null: no bound. */
  readonly maxUses: number | null
}

export type AdminBindingBody = {
  readonly issuer: string
  readonly sub: string
  readonly person: string
  readonly roles: readonly string[]
}

type BodyOf = {
  issuer: IssuerBody
  target: TargetBody
  policy: PolicyBody
  role: RoleBody
  mapping: MappingBody
  admin_binding: AdminBindingBody
}

/** One current version of one resource. Nothing is deleted: what left the configuration is disabled. */
export type Resource = {
  [K in ResourceKind]: {
    readonly kind: K
    readonly name: string
    readonly version: number
    readonly state: 'enabled' | 'disabled'
    readonly body: BodyOf[K]
  }
}[ResourceKind]

export type ResourceOf<K extends ResourceKind> = Extract<Resource, { kind: K }>

/** A resource with the SHA-256 of its body's RFC 8785 bytes, so that nothing that stands is hashed twice. */
export type StoredResource = Resource & { readonly sha256: string }

/** One thing wrong in a configuration: where (steps into the file), a stable code, and words with the mend. */
export type Problem = {
  readonly severity: 'error' | 'warning' | 'notice'
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
}

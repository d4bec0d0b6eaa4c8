import type { Kind } from '../issuer.ts'
import type { Entry, ImportOptions } from './asked.ts'
import { draftMappings } from './draft-mappings.ts'
import type { PolicyDraft } from './draft-policies.ts'
import { draftPolicies } from './draft-policies.ts'
import { draftRoles } from './draft-roles.ts'
import { nameInWords } from './holder-words.ts'
import type { StoreSnapshot } from './snapshot.ts'

export type ImportDraft = {
  readonly head: readonly string[]
  readonly sections: Readonly<
    Record<
      'issuers' | 'targets' | 'policies' | 'roles' | 'mappings',
      { readonly comments: readonly string[]; readonly entries: readonly Entry[] }
    >
  >
  readonly counts: {
    readonly policies: number
    readonly policiesLeftOut: number
    readonly roles: number
    readonly rolesLeftOut: number
    readonly mappings: number
  }
}

const UNKNOWN_ENDPOINT = 'https://minio.example.com:9000'

/**
 * What a store says, as a first stint.yaml: every policy that a session can carry, a role for each set of them that
 * somebody holds, and a mapping that is off for each holder whom an issuer can name. Pure; the same snapshot gives the
 * same draft. Nothing is widened: what cannot be said the same is left out, with the reason in its place.
 */
export function draftImport(snapshot: StoreSnapshot, options: ImportOptions): ImportDraft {
  const policies = draftPolicies(snapshot)
  const roles = draftRoles(snapshot, policies, options)
  const { issuers, mappings, comments } = draftMappings(snapshot, roles, options)
  const written = (entries: readonly Entry[]) => entries.filter(({ body }) => body !== null).length
  const policyEntries = policies.map(policyEntry)
  const roleEntries = roles.map(({ entry }) => entry)
  return {
    head: headOf(snapshot),
    sections: {
      issuers: { comments: ['Whose tokens are read.'], entries: issuers },
      targets: { comments: [], entries: [targetEntry(snapshot, options)] },
      policies: { comments: POLICY_WORDS, entries: policyEntries },
      roles: { comments: roleWords(options.for), entries: roleEntries },
      mappings: { comments, entries: mappings },
    },
    counts: {
      policies: written(policyEntries),
      policiesLeftOut: policyEntries.length - written(policyEntries),
      roles: written(roleEntries),
      rolesLeftOut: roleEntries.length - written(roleEntries),
      mappings: written(mappings),
    },
  }
}

const POLICY_WORDS = [
  'As the store has them; lists are sorted. Rewritten is only what means the same on MinIO; what a session cannot carry',
  'is left out, and the reason stands in its place.',
]

function roleWords(whose: Kind): readonly string[] {
  return [
    'One for each set of policies that somebody holds. A person and a job never share a role:',
    `\`for: ${whose}\` is what was asked for, not what the store knows. Give each the shortest lifetime that serves.`,
  ]
}

function headOf({ source, gaps }: StoreSnapshot): readonly string[] {
  return [
    `Made by \`stint import minio\` of ${source}.`,
    'A first draft: nothing here lets anybody do anything until a mapping is put in force.',
    '',
    '1. Read what was left out, and the notes on what is broad.',
    '2. Say who may assume each role: fill in owner, purpose and conditions of the mappings, one by one.',
    '3. stint plan -f this file; stint apply; then put a mapping in `mode: shadow`, later in `mode: enforce`.',
    ...(gaps.length === 0 ? [] : ['', 'Not read:', ...gaps.map((gap) => `- ${gap}`)]),
  ]
}

function targetEntry(snapshot: StoreSnapshot, { target }: ImportOptions): Entry {
  const { endpoint, region, privateAddresses } = snapshot
  const comments = [
    ...(endpoint === null ? ['Fill in where the store is: the file that was read does not say.'] : []),
    ...(privateAddresses.length === 0
      ? []
      : ['Its address is not public; Stint goes there because it stands here.']),
    `What makes this store trust Stint: stint target setup ${target}`,
  ]
  return {
    name: target,
    comments,
    body: {
      kind: 'minio',
      endpoint: endpoint ?? UNKNOWN_ENDPOINT,
      ...(region === '' ? {} : { region }),
      ...(privateAddresses.length === 0 ? {} : { allowPrivateAddresses: privateAddresses }),
    },
  }
}

function policyEntry({ name, slug, written, notes, reasons }: PolicyDraft): Entry {
  const original = slug === name ? [] : [`At the store it is called ${nameInWords(name)}.`]
  if (written === null)
    return {
      name: slug,
      body: null,
      comments: [`left out: ${nameInWords(name)}`, ...reasons.map((one) => `  ${one}`)],
    }
  const placeholders = Object.entries(written.placeholders)
  const holes = placeholders.map(([hole, { type, variable }]) => `\${${variable}} is {{${hole}}}, a ${type}`)
  return {
    name: `${slug}@1`,
    comments: [...original, ...notes, ...holes],
    body: {
      ...(placeholders.length === 0
        ? {}
        : {
            placeholders: Object.fromEntries(placeholders.map(([hole, { type }]) => [hole, type] as const)),
          }),
      document: written.document,
    },
  }
}

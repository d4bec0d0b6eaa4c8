import { introductionOf, meaningOf } from '../domain/change-words.ts'
import type { CompileContext, Compiled } from '../domain/configuration.ts'
import type { DeclaredResource, PlannedChange } from '../domain/configuration-plan.ts'
import { configurationHash, planChanges } from '../domain/configuration-plan.ts'
import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import { rule7Problems } from '../domain/probe/rule-7.ts'
import type { Problem, Resource } from '../domain/resource.ts'
import { newlyCombined } from '../domain/separation.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { Widening } from '../domain/widening.ts'
import { wideningOf } from '../domain/widening.ts'
import { VendorError } from '../errors.ts'
import type { DraftAsk, ResourceState } from '../ports.ts'

export type DraftTools = {
  readonly sha256: Sha256
  /** Reads a request body. Throws `body_malformed`, `parameter_invalid`. */
  readonly parse: (body: Uint8Array) => {
    readonly configuration: unknown
    readonly expectedGeneration: number | null
  }
  /** Reads a file's content into resources, or says what is wrong with it. */
  readonly read: (input: unknown) => {
    readonly declared: readonly DeclaredResource[]
    readonly problems: readonly Problem[]
  }
  /** Reads one resource from its JSON, as it would be read from a file. Throws `body_malformed`. */
  readonly readOne: (
    at: Pick<Resource, 'kind' | 'name'>,
    body: Uint8Array,
  ) => { readonly declared: DeclaredResource | null; readonly problems: readonly Problem[] }
  readonly compile: (
    resources: readonly Resource[],
    stamp: Pick<CompileContext, 'generation' | 'hash'>,
  ) => Compiled
  /** What somebody should think about in a configuration that is valid: warnings and notices, which stop nothing. */
  readonly lint: (resources: readonly Resource[]) => readonly Problem[]
}

/** What the admin door answers to a plan. */
export type Plan = {
  readonly generation: number
  readonly hashBefore: string
  readonly hashAfter: string
  readonly changes: readonly Omit<PlannedChange, 'body'>[]
  /** At most `MAX_PROBLEMS`, errors first. */
  readonly problems: readonly Problem[]
  readonly moreProblems: number
  /** How it lets more happen than stands: at most `MAX_WIDENS`. Where there is one, a second person is asked. */
  readonly widens: readonly Widening[]
  readonly moreWidens: number
}

export type Draft = {
  readonly expectedGeneration: number | null
  readonly plan: Omit<Plan, 'changes'> & { readonly changes: readonly PlannedChange[] }
  /** The changed resources as they would stand. */
  readonly changed: readonly Resource[]
}

/** A file with more wrong than this has one thing wrong in many places. */
const MAX_PROBLEMS = 200

/** What a second person reads of a change; the rest is counted. */
const MAX_WIDENS = 100

/** Plans what was asked on what stands: every problem at once, none of them thrown. Pure but for what reading throws. */
export function draftConfiguration(
  tools: DraftTools,
  { generation, resources, immune }: ResourceState & { readonly immune: ImmuneTargets },
  ask: DraftAsk,
): Draft {
  const { expectedGeneration, ...read } = wantedOf(tools, resources, ask)
  const hashBefore = configurationHash(resources, tools.sha256)
  const blank = { generation, hashBefore, hashAfter: hashBefore, changes: [], widens: [], moreWidens: 0 }
  if (hasError(read.problems))
    return { expectedGeneration, plan: { ...blank, ...cut(read.problems) }, changed: [] }
  const { changes, problems, after } = planChanges(resources, read.declared, tools.sha256)
  const hashAfter = configurationHash(after, tools.sha256)
  const compiled = tools.compile(after, { generation: generation + 1, hash: hashAfter })
  const stood = new Set<Resource>(resources)
  const changed = after.filter((one) => !stood.has(one))
  const forgeable =
    compiled.configuration === null ? [] : rule7Problems(compiled.configuration, changed, immune)
  const errors = [
    ...read.problems,
    ...problems,
    ...compiled.problems,
    ...forgeable,
    ...newlyCombined(bindingsIn(resources), bindingsIn(after)),
  ]
  const all = hasError(errors) ? errors : [...errors, ...shortened(tools.lint(after))]
  const widens = wideningOf(resources, after)
  return {
    expectedGeneration,
    plan: {
      ...blank,
      hashAfter,
      changes: withMeaning(changes, after),
      ...cut(all),
      widens: widens.slice(0, MAX_WIDENS),
      moreWidens: Math.max(0, widens.length - MAX_WIDENS),
    },
    changed,
  }
}

/** Those that give somebody roles. */
function bindingsIn(resources: ResourceState['resources']) {
  return resources.flatMap((one) => (one.kind === 'admin_binding' && one.state === 'enabled' ? [one] : []))
}

/** A plan of thousands is read by its count, and each of these lines costs. */
const MAX_MEANINGS = 1_000

function withMeaning(
  changes: readonly PlannedChange[],
  after: readonly Resource[],
): readonly PlannedChange[] {
  if (changes.length > MAX_MEANINGS) return changes
  const around = {
    documents: new Map(
      after.flatMap((one) => (one.kind === 'policy' ? [[one.name, one.body] as const] : [])),
    ),
    targets: new Map(after.flatMap((one) => (one.kind === 'target' ? [[one.name, one.body] as const] : []))),
  }
  const named = new Map(after.map((one) => [`${one.kind}/${one.name}`, one] as const))
  return changes.map((change) => {
    const resource = named.get(`${change.kind}/${change.name}`)
    if (resource === undefined) return change
    const isNew = change.action === 'create' || change.action === 'enable'
    const introduced = isNew ? introductionOf(resource) : []
    return { ...change, lines: [...change.lines, ...introduced, ...meaningOf(resource, around)] }
  })
}

type Wanted = {
  readonly expectedGeneration: number | null
  readonly declared: readonly DeclaredResource[]
  readonly problems: readonly Problem[]
}

/** The configuration that was asked for, as a file would declare it. */
function wantedOf(tools: DraftTools, resources: ResourceState['resources'], ask: DraftAsk): Wanted {
  if (ask.of === 'configuration') {
    const { configuration, expectedGeneration } = tools.parse(ask.body)
    return { expectedGeneration, ...tools.read(configuration) }
  }
  if (ask.of === 'several')
    return { expectedGeneration: null, problems: [], declared: turned(resources, ask) }
  const { kind, name, ifVersion, change } = ask
  const standing = resources.find((one) => one.kind === kind && one.name === name)
  if (standing === undefined && typeof change === 'string') throw new VendorError('not_found')
  if ((standing?.version ?? null) !== ifVersion) {
    throw new VendorError('version_conflict', { facts: { version: standing?.version ?? null } })
  }
  const others = resources.filter((one) => one.state === 'enabled' && one !== standing)
  if (change === 'disable') return { expectedGeneration: null, declared: others, problems: [] }
  if (change === 'enable') {
    const declared = standing === undefined ? others : [...others, standing]
    return { expectedGeneration: null, declared, problems: [] }
  }
  const { declared, problems } = tools.readOne({ kind, name }, change)
  return { expectedGeneration: null, declared: declared === null ? others : [...others, declared], problems }
}

/** What is declared once several that stand are enabled or disabled. Throws `not_found`, `version_conflict`. */
function turned(
  resources: ResourceState['resources'],
  { kind, which, change }: Extract<DraftAsk, { of: 'several' }>,
): readonly DeclaredResource[] {
  const wanted = new Map(which.map(({ name, ifVersion }) => [name, ifVersion] as const))
  const found = resources.filter((one) => one.kind === kind && wanted.has(one.name))
  if (found.length < wanted.size) throw new VendorError('not_found')
  const moved = found.find(({ name, version }) => wanted.get(name) !== version)
  if (moved !== undefined) throw new VendorError('version_conflict', { facts: { version: moved.version } })
  const isFound = new Set(found)
  const others = resources.filter((one) => one.state === 'enabled' && !isFound.has(one))
  return change === 'enable' ? [...others, ...found] : others
}

/** So many findings fit a plan that somebody reads; the rest is counted, and stands in the findings afterwards. */
const MAX_FINDINGS = 100

function shortened(findings: readonly Problem[]): readonly Problem[] {
  const more = findings.length - MAX_FINDINGS
  if (more <= 0) return findings
  const message = `${more} more findings; \`stint findings\` shows all of what stands`
  return [
    ...findings.slice(0, MAX_FINDINGS),
    { severity: 'notice', code: 'more_findings', path: [], message },
  ]
}

export function hasError(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error')
}

function cut(problems: readonly Problem[]): Pick<Plan, 'problems' | 'moreProblems'> {
  const errors = problems.filter(({ severity }) => severity === 'error')
  const others = problems.filter(({ severity }) => severity !== 'error')
  // In the order of the file as long as all are said.
  const said = problems.length <= MAX_PROBLEMS ? problems : [...errors, ...others].slice(0, MAX_PROBLEMS)
  return { problems: said, moreProblems: problems.length - said.length }
}

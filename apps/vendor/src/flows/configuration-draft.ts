import type { CompileContext, Compiled } from '../domain/configuration.ts'
import type { DeclaredResource, PlannedChange } from '../domain/configuration-plan.ts'
import { configurationHash, planChanges } from '../domain/configuration-plan.ts'
import type { Problem, Resource } from '../domain/resource.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { ResourceState } from '../ports.ts'

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
}

export type Draft = {
  readonly expectedGeneration: number | null
  readonly plan: Omit<Plan, 'changes'> & { readonly changes: readonly PlannedChange[] }
  /** The changed resources as they would stand. */
  readonly changed: readonly Resource[]
}

/** A file with more wrong than this has one thing wrong in many places. */
const MAX_PROBLEMS = 200

/** Plans a request body on what stands: every problem at once, none of them thrown. Pure but for what `parse` throws. */
export function draftConfiguration(tools: DraftTools, state: ResourceState, body: Uint8Array): Draft {
  const { configuration, expectedGeneration } = tools.parse(body)
  const { generation, resources } = state
  const read = tools.read(configuration)
  const hashBefore = configurationHash(resources, tools.sha256)
  const blank = { generation, hashBefore, hashAfter: hashBefore, changes: [] }
  if (hasError(read.problems))
    return { expectedGeneration, plan: { ...blank, ...cut(read.problems) }, changed: [] }
  const { changes, problems, after } = planChanges(resources, read.declared, tools.sha256)
  const hashAfter = configurationHash(after, tools.sha256)
  const compiled = tools.compile(after, { generation: generation + 1, hash: hashAfter })
  const errors = [...read.problems, ...problems, ...compiled.problems]
  const all = hasError(errors) ? errors : [...errors, ...shortened(tools.lint(after))]
  const stood = new Set<Resource>(resources)
  return {
    expectedGeneration,
    plan: { ...blank, hashAfter, changes, ...cut(all) },
    changed: after.filter((one) => !stood.has(one)),
  }
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

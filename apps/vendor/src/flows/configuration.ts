import type { Actor } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { PlannedChange } from '../domain/configuration-plan.ts'
import { configurationHash, type DeclaredResource, planChanges } from '../domain/configuration-plan.ts'
import type { Problem, Resource } from '../domain/resource.ts'
import type { Sha256 } from '../domain/session-name.ts'
import { VendorError } from '../errors.ts'
import type { RequestId } from '../ids.ts'
import type { AuditLog, Clock, ResourceState, ResourceStore } from '../ports.ts'

export type ConfigurationDeps = {
  readonly clock: Clock
  readonly sha256: Sha256
  readonly store: ResourceStore
  readonly audit: AuditLog
  /** Reads a file's content into resources, or says what is wrong with it. */
  readonly read: (input: unknown) => {
    readonly declared: readonly DeclaredResource[]
    readonly problems: readonly Problem[]
  }
  readonly compile: (
    resources: readonly Resource[],
    stamp: { readonly generation: number; readonly hash: string },
  ) => { readonly configuration: Configuration | null; readonly problems: readonly Problem[] }
  /** What somebody should think about in a configuration that is valid: warnings and notices, which stop nothing. */
  readonly lint: (resources: readonly Resource[]) => readonly Problem[]
  /** Makes ready what a configuration needs outside of itself (a key for a new target), before it is committed. */
  readonly prepare: (resources: readonly Resource[]) => Promise<void>
  /** From here on the exchange decides by it. */
  readonly activate: (configuration: Configuration, resources: readonly Resource[]) => void
}

export type Plan = {
  readonly generation: number
  readonly hashBefore: string
  readonly hashAfter: string
  readonly changes: readonly PlannedChange[]
  readonly problems: readonly Problem[]
}

/** A configuration that has errors: the problems ride on the error, for the door to print. */
export class ConfigurationInvalid extends VendorError {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    super('configuration_invalid', { facts: { problems: problems.length } })
    this.problems = problems
  }
}

export type ConfigurationFlow = {
  /** What an apply of this content would do; every problem at once, none of them thrown. */
  plan(input: unknown): Promise<Plan>
  /**
   * Makes the configuration what the content declares, all of it or none. Throws `configuration_invalid` with every
   * problem, `configuration_conflict` where the generation is not the planned one, `audit_unavailable`. Applied twice it
   * changes nothing: no generation, no event.
   */
  apply(input: unknown, by: ApplyBy): Promise<Plan & { readonly applied: boolean }>
  /** Checks the file against the log at start, finishes what a kill cut short, and activates what stands. */
  start(acceptHash: string | null): Promise<Configuration>
}

export type ApplyBy = {
  readonly actor: Actor
  readonly request: RequestId
  /** null: whatever stands now. */
  readonly expectedGeneration: number | null
}

/** Builds the one configuration flow of a process; applies run one after another. */
export function createConfigurationFlow(deps: ConfigurationDeps): ConfigurationFlow {
  let last: Promise<unknown> = Promise.resolve()

  function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }

  return {
    plan: async (input) => (await draft(deps, input)).plan,
    apply: (input, by) => oneAtATime(() => applyDraft(deps, input, by)),
    start: (acceptHash) => oneAtATime(() => checkAtStart(deps, acceptHash)),
  }
}

type Draft = { readonly plan: Plan; readonly after: readonly Resource[] }

async function draft(deps: ConfigurationDeps, input: unknown): Promise<Draft> {
  const { generation, resources } = await deps.store.current()
  const read = deps.read(input)
  const { changes, problems, after } = planChanges(resources, read.declared, deps.sha256)
  const hashBefore = configurationHash(resources, deps.sha256)
  const broken = hasError(read.problems)
  const hashAfter = broken ? hashBefore : configurationHash(after, deps.sha256)
  const compiled = broken ? [] : deps.compile(after, { generation: generation + 1, hash: hashAfter }).problems
  const errors = [...read.problems, ...(broken ? [] : problems), ...compiled]
  const all = hasError(errors) ? errors : [...errors, ...shortened(deps.lint(after))]
  return { after, plan: { generation, hashBefore, hashAfter, changes: broken ? [] : changes, problems: all } }
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

async function applyDraft(
  deps: ConfigurationDeps,
  input: unknown,
  by: ApplyBy,
): Promise<Plan & { applied: boolean }> {
  const { plan, after } = await draft(deps, input)
  if (hasError(plan.problems)) throw new ConfigurationInvalid(plan.problems)
  if (by.expectedGeneration !== null && by.expectedGeneration !== plan.generation) {
    throw new VendorError('configuration_conflict', { facts: { generation: plan.generation } })
  }
  if (plan.changes.length === 0) return { ...plan, applied: false }
  await deps.prepare(after)
  const { generation, hashBefore, hashAfter } = plan
  await deps.audit.append({
    type: 'config.changing',
    generation: generation + 1,
    hashBefore,
    hashAfter,
    actor: by.actor,
    request: by.request,
    changes: plan.changes.map(({ kind, name, version, action, sha256 }) => ({
      kind,
      name,
      version,
      action,
      sha256,
    })),
  })
  await commit(deps, plan, by)
  // From the commit on this is the configuration, whether or not its end can be written: an old one must not decide.
  activate(deps, { generation: generation + 1, resources: after }, hashAfter)
  await deps.audit.append({
    type: 'config.changed',
    generation: generation + 1,
    hashBefore,
    hashAfter,
    recovered: false,
  })
  return { ...plan, applied: true }
}

/** A commit that failed ends its `config.changing` with what stood before: the log never points at what is not there. */
async function commit(deps: ConfigurationDeps, plan: Plan, by: ApplyBy): Promise<void> {
  const { generation, hashBefore } = plan
  try {
    await deps.store.apply({
      expectedGeneration: generation,
      changes: plan.changes.map(({ kind, name, action, body }) => ({
        kind,
        name,
        state: action === 'disable' ? 'disabled' : 'enabled',
        body,
      })),
      author: `${by.actor.issuer} ${by.actor.sub}`,
      atMs: deps.clock.nowMs(),
    })
  } catch (thrown) {
    await deps.audit.append({
      type: 'config.changed',
      generation,
      hashBefore,
      hashAfter: hashBefore,
      recovered: true,
    })
    throw thrown
  }
}

/**
 * DESIGN rule 2: the file must be what the log's last `config.changed` says. After a `config.changing` without its end
 * either of its hashes passes, and the missing end is appended. Anything else refuses to start, unless the operator
 * names the very hash that is found, which is recorded first.
 */
async function checkAtStart(deps: ConfigurationDeps, acceptHash: string | null): Promise<Configuration> {
  const state = await deps.store.current()
  const hash = configurationHash(state.resources, deps.sha256)
  const [changing, changed] = await Promise.all([
    deps.audit.last('config.changing'),
    deps.audit.last('config.changed'),
  ])
  const expected = changed?.event.type === 'config.changed' ? changed.event.hashAfter : null
  const cut =
    changing !== null && changing.seq > (changed?.seq ?? 0) && changing.event.type === 'config.changing'
      ? changing.event
      : null
  if (cut !== null && (hash === cut.hashAfter || hash === cut.hashBefore)) {
    const { generation } = state
    await deps.audit.append({
      type: 'config.changed',
      generation,
      hashBefore: cut.hashBefore,
      hashAfter: hash,
      recovered: true,
    })
  } else if (cut !== null || hash !== (expected ?? emptyHash(deps, state))) {
    if (acceptHash !== hash)
      throw new VendorError('configuration_tampered', { facts: { found: hash, expected } })
    await deps.audit.append({ type: 'config.exception', acceptedHash: hash, expectedHash: expected })
    const { generation } = state
    await deps.audit.append({
      type: 'config.changed',
      generation,
      hashBefore: expected ?? hash,
      hashAfter: hash,
      recovered: true,
    })
  }
  await deps.prepare(state.resources)
  return activate(deps, state, hash)
}

/** A log that has seen no configuration goes with an empty one, and with no other. */
function emptyHash(deps: ConfigurationDeps, state: ResourceState): string | null {
  return state.generation === 0 ? configurationHash([], deps.sha256) : null
}

function activate(deps: ConfigurationDeps, state: ResourceState, hash: string): Configuration {
  const { configuration, problems } = deps.compile(state.resources, { generation: state.generation, hash })
  if (configuration === null) throw new ConfigurationInvalid(problems)
  deps.activate(configuration, state.resources)
  return configuration
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === 'error')
}

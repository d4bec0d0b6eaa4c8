import type { Amendment, Compiled, Configuration } from '../domain/configuration.ts'
import { collectAmendment } from '../domain/configuration.ts'
import { configurationHash } from '../domain/configuration-plan.ts'
import { standingOf } from '../domain/configuration-standing.ts'
import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import type { Resource } from '../domain/resource.ts'
import type { Sha256 } from '../domain/session-name.ts'
import type { Steps } from '../domain/steps.ts'
import { VendorError } from '../errors.ts'
import type { ChangeId } from '../ids.ts'
import type {
  Approval,
  AuditLog,
  ChangeFacts,
  ChangeRequest,
  Clock,
  ConfigurationDesk,
  DraftAsk,
  Drafted,
  PlanHead,
  ResourceState,
  ResourceStore,
} from '../ports.ts'
import type { ChangeDeps, DecidedBy, Decision } from './change-request.ts'
import { approvable, askForChange, endChange } from './change-request.ts'
import { hasError } from './configuration-draft.ts'

type Stamp = { readonly generation: number; readonly hash: string }

export type ConfigurationDeps = ChangeDeps & {
  readonly clock: Clock
  readonly sha256: Sha256
  readonly store: ResourceStore
  readonly audit: AuditLog
  /** Whether what widens waits for a second person (server settings). */
  readonly twoPersons: boolean
  readonly desk: ConfigurationDesk
  /** Targets that a probe shows immune to forged conditions now. */
  readonly immune: () => ImmuneTargets
  /** Compiles everything, at start. */
  readonly compile: (resources: readonly Resource[], stamp: Stamp) => Compiled
  /** Compiles what changed into what stands. */
  readonly amend: (previous: Configuration, amendment: Amendment, stamp: Stamp) => Steps<Compiled>
  /** Lets everything else that waits on the event loop have its turn. */
  readonly breathe: () => Promise<void>
  /** Makes ready what a configuration needs outside of itself (a key for a new target), before it is committed. */
  readonly prepare: (resources: readonly Resource[]) => Promise<void>
  /** The one that the exchange decides by. */
  readonly configuration: () => Configuration
  /** From here on the exchange decides by it. */
  readonly activate: (configuration: Configuration) => void
}

/** A configuration that has errors: the problems ride on the error, for the door to print. */
export class ConfigurationInvalid extends VendorError {
  readonly problems: PlanHead['problems']
  readonly moreProblems: number
  constructor({ problems, moreProblems }: Pick<PlanHead, 'problems' | 'moreProblems'>) {
    super('configuration_invalid', { facts: { problems: problems.length + moreProblems } })
    this.problems = problems
    this.moreProblems = moreProblems
  }
}

/** What became of what was asked. `answer` is the plan as JSON with `applied`, and with `change` where it waits. */
export type Outcome = {
  readonly outcome: 'applied' | 'unchanged' | 'waits'
  readonly answer: Uint8Array<ArrayBuffer>
  /** What stands now of the first resource that changed; null where nothing did. */
  readonly first: ChangeFacts | null
  /** The change that waits. */
  readonly change: ChangeId | null
}

export type ConfigurationFlow = {
  /** What an apply of this would do, as JSON (`Plan`); every problem at once, none of them thrown. */
  plan(ask: DraftAsk): Promise<Uint8Array<ArrayBuffer>>
  /**
   * Makes the configuration what is asked, all of it or none; where it widens and two persons are required, nothing of
   * it: it waits for the second one (`waits`). The first configuration of all needs none. Throws
   * `configuration_invalid` with its problems, `configuration_conflict` where the generation is not the planned one,
   * `version_conflict`, `changes_full`, `audit_unavailable`. Applied twice it changes nothing: no generation, no event.
   * Exchanges go on meanwhile; from the answer on every decision is by what was applied.
   */
  apply(ask: DraftAsk, by: DecidedBy): Promise<Outcome>
  /**
   * Enables again what was disabled a moment ago in the name of nobody, as it stood and nothing else: that was said yes
   * to before, so it asks no second person. Where it does anything beside that, it is an `apply`.
   */
  restore(ask: Extract<DraftAsk, { of: 'several' }>, by: DecidedBy): Promise<Outcome>
  /** A second person's yes: applies what waits, exactly as it was asked. Throws what `approvable` and `apply` do. */
  approve(id: ChangeId, decision: Decision, by: DecidedBy): Promise<Outcome>
  /** A no, or its author taking it back: never while the same change is being applied. Throws what `endChange` does. */
  end(id: ChangeId, as: Parameters<typeof endChange>[2]): Promise<ChangeRequest>
  /** Checks the file against the log at start, finishes what a kill cut short, and activates what stands. */
  start(acceptHash: string | null): Promise<Configuration>
}

export type ApplyBy = DecidedBy & { readonly approval: Approval | null }

/** Builds the one configuration flow of a process; applies run one after another. */
export function createConfigurationFlow(deps: ConfigurationDeps): ConfigurationFlow {
  let last: Promise<unknown> = Promise.resolve()

  function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }

  return {
    plan: (ask) =>
      withDraft(deps, ask, (drafted) =>
        drafted.answer({ applied: false, waits: needsSecondPerson(deps, drafted.head) }),
      ),
    apply: (ask, by) => oneAtATime(() => applyAsk(deps, ask, { by, isRestored: () => false })),
    restore: (ask, by) =>
      oneAtATime(() =>
        applyAsk(deps, ask, { by, isRestored: ({ head }) => bringsBack(head, ask.which.length) }),
      ),
    approve: (id, decision, by) => oneAtATime(() => approveChange(deps, id, { ...by, decision })),
    end: (id, as) => oneAtATime(() => endChange(deps, id, as)),
    start: (acceptHash) => oneAtATime(() => checkAtStart(deps, acceptHash)),
  }
}

async function applyAsk(
  deps: ConfigurationDeps,
  ask: DraftAsk,
  { by, isRestored }: { readonly by: DecidedBy; readonly isRestored: (drafted: Drafted) => boolean },
): Promise<Outcome> {
  return withDraft(deps, ask, async (drafted) => {
    checkDraft(deps, drafted)
    if (!needsSecondPerson(deps, drafted.head) || isRestored(drafted))
      return applyDraft(deps, drafted, { ...by, approval: null })
    const change = await askForChange(deps, drafted, by)
    return waiting(drafted, change)
  })
}

/** Whether all that widens is that mappings admit again. */
function bringsBack({ changes, widens, moreWidens }: PlanHead, count: number): boolean {
  return changes === count && moreWidens === 0 && widens.every(({ code }) => code === 'mapping_enforced')
}

/** Somebody must be the first: whoever the server settings name applies the first configuration alone. */
function needsSecondPerson(deps: ConfigurationDeps, head: PlanHead): boolean {
  return deps.twoPersons && head.generation > 0 && head.widens.length > 0
}

async function waiting(drafted: Drafted, change: ChangeRequest): Promise<Outcome> {
  const { id, state, generation, hashAfter } = change
  const answer = await drafted.answer({
    applied: false,
    waits: true,
    change: { id, state, generation, hash: hashAfter },
  })
  return { outcome: 'waits', answer, first: null, change: id }
}

async function approveChange(
  deps: ConfigurationDeps,
  id: ChangeId,
  by: DecidedBy & { readonly decision: Decision },
): Promise<Outcome> {
  const standing = deps.configuration().generation
  const { change, ask } = await approvable(deps, id, { ...by, standing })
  const { actor, request, decision } = by
  return withDraft(deps, ask, async (drafted) => {
    checkDraft(deps, drafted)
    const { hashAfter, askSha256, generation } = drafted.head
    if (hashAfter !== change.hashAfter || askSha256 !== change.askSha256)
      throw new VendorError('change_stale')
    const facts = { author: change.author, generation, hashAfter, reason: decision.reason }
    await deps.audit.append({ type: 'change.approved', change: id, request, actor, ...facts })
    const approval = { change: id, approver: actor }
    return applyDraft(deps, drafted, { actor: change.author, request, approval })
  })
}

async function withDraft<T>(
  deps: ConfigurationDeps,
  ask: DraftAsk,
  work: (drafted: Drafted) => Promise<T>,
): Promise<T> {
  const drafted = await deps.desk.draft(ask, deps.immune())
  try {
    return await work(drafted)
  } finally {
    await drafted.close()
  }
}

/** Throws where a draft cannot be applied: `configuration_invalid`, `configuration_conflict`. */
function checkDraft(deps: ConfigurationDeps, { head, expectedGeneration }: Drafted): void {
  if (hasError(head.problems)) throw new ConfigurationInvalid(head)
  const standing = deps.configuration().generation
  if (head.generation !== (expectedGeneration ?? head.generation) || head.generation !== standing) {
    throw new VendorError('configuration_conflict', { facts: { generation: head.generation } })
  }
}

async function applyDraft(deps: ConfigurationDeps, drafted: Drafted, by: ApplyBy): Promise<Outcome> {
  const { head } = drafted
  if (head.changes === 0) {
    return {
      outcome: 'unchanged',
      answer: await drafted.answer({ applied: false, waits: false }),
      first: null,
      change: null,
    }
  }
  // Compiled whole before anything stands: from the commit to the swap no time passes for which nobody can answer.
  const next = await compileNext(deps, drafted)
  await deps.prepare(next.standing.others)
  await announce(deps, drafted, by)
  const { generation, hashBefore, hashAfter } = head
  await commit(deps, drafted, by)
  // From the commit on this is the configuration, whether or not its end can be written: an old one must not decide.
  deps.activate(next)
  await deps.audit.append({
    type: 'config.changed',
    generation: generation + 1,
    hashBefore,
    hashAfter,
    recovered: false,
  })
  const [first = null] = await drafted.changes(0)
  const answer = await drafted.answer({ applied: true, waits: false })
  return { outcome: 'applied', answer, first, change: null }
}

/** Of a slice of work that exchanges wait for: a few milliseconds, of which they then get as many. */
const SLICE_MS = 4

async function compileNext(deps: ConfigurationDeps, drafted: Drafted): Promise<Configuration> {
  const { generation, hashAfter: hash } = drafted.head
  const amendment = collectAmendment()
  for (let from = 0; ; ) {
    const slice = await drafted.resources(from)
    if (slice.length === 0) break
    amendment.add(slice)
    from += slice.length
    await deps.breathe()
  }
  const stamp = { generation: generation + 1, hash }
  const { configuration, problems } = await inSlices(
    deps,
    deps.amend(deps.configuration(), amendment.whole(), stamp),
  )
  if (configuration === null) throw new ConfigurationInvalid({ problems, moreProblems: 0 })
  return configuration
}

async function inSlices<T>(deps: ConfigurationDeps, steps: Steps<T>): Promise<T> {
  let begun = deps.clock.monotonicMs()
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (deps.clock.monotonicMs() - begun < SLICE_MS) continue
    await deps.breathe()
    begun = deps.clock.monotonicMs()
  }
}

/** How many changes one event lists: of the size of an event that a reader can page through. */
const CHANGES_AN_EVENT = 250

async function announce(deps: ConfigurationDeps, drafted: Drafted, by: ApplyBy): Promise<void> {
  const { generation, hashBefore, hashAfter, changes: count } = drafted.head
  const parts = Math.ceil(count / CHANGES_AN_EVENT)
  for (let part = 1; part <= parts; part++) {
    const changes = await drafted.changes((part - 1) * CHANGES_AN_EVENT)
    await deps.audit.append({
      type: 'config.changing',
      generation: generation + 1,
      hashBefore,
      hashAfter,
      ...by,
      part,
      parts,
      changes: changes.slice(0, CHANGES_AN_EVENT),
    })
  }
}

/** A commit that failed ends its `config.changing` with what stood before: the log never points at what is not there. */
async function commit(deps: ConfigurationDeps, drafted: Drafted, by: ApplyBy): Promise<void> {
  const { generation, hashBefore } = drafted.head
  try {
    const author = `${by.actor.issuer} ${by.actor.sub}`
    await drafted.commit({
      author,
      atMs: deps.clock.nowMs(),
      ...(by.approval === null ? {} : { approval: by.approval }),
    })
  } catch (thrown) {
    const standing = await deps.store.generation().catch(() => null)
    // Committed all the same, and only the answer was lost.
    if (standing === generation + 1) return
    // What stands is not known: the missing end is found and written at the next start.
    if (standing === null) throw thrown
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
  const { generation } = state
  const end = (hashBefore: string) =>
    deps.audit.append({ type: 'config.changed', generation, hashBefore, hashAfter: hash, recovered: true })
  const standing = standingOf({ hash, empty: emptyHash(deps, state) }, { changing, changed })
  if (standing.is === 'cut') await end(standing.hashBefore)
  if (standing.is === 'foreign') {
    const { expected } = standing
    if (acceptHash !== hash)
      throw new VendorError('configuration_tampered', { facts: { found: hash, expected } })
    await deps.audit.append({ type: 'config.exception', acceptedHash: hash, expectedHash: expected })
    await end(expected ?? hash)
  }
  const { configuration, problems } = deps.compile(state.resources, { generation, hash })
  if (configuration === null) throw new ConfigurationInvalid({ problems, moreProblems: 0 })
  await deps.prepare(configuration.standing.others)
  deps.activate(configuration)
  return configuration
}

/** A log that has seen no configuration goes with an empty one, and with no other. */
function emptyHash(deps: ConfigurationDeps, state: ResourceState): string | null {
  return state.generation === 0 ? configurationHash([], deps.sha256) : null
}

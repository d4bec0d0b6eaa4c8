import type { Actor } from '../domain/audit-event.ts'
import { personKey } from '../domain/person.ts'
import { VendorError } from '../errors.ts'
import type { ChangeId, RequestId } from '../ids.ts'
import type { AuditLog, ChangeRequest, ChangeStore, Clock, DraftAsk, Drafted } from '../ports.ts'

export type ChangeDeps = {
  readonly clock: Clock
  readonly changes: ChangeStore
  readonly audit: Pick<AuditLog, 'append' | 'page'>
  readonly newChangeId: () => ChangeId
  readonly sha256Bytes: (bytes: Uint8Array) => string
  /** Reads what was asked from where it waited. Throws `change_tampered`. */
  readonly readAsk: (bytes: Uint8Array) => DraftAsk
  /** Every person that this identity was ever said to be, by what stands and by what is disabled. */
  readonly personsOf: (identity: Pick<Actor, 'issuer' | 'sub'>) => readonly string[]
}

export type DecidedBy = { readonly actor: Actor; readonly request: RequestId }

/** Which change exactly is meant, so that nobody says yes to something else, and why. */
export type Decision = { readonly generation: number; readonly hash: string; readonly reason: string | null }

/**
 * Keeps a draft that widens until a second person answers, and says so in the log first. Asked twice it is the same
 * change. Throws `changes_full`, `audit_unavailable`, `config_unavailable`.
 */
export async function askForChange(
  deps: ChangeDeps,
  drafted: Drafted,
  { actor, request }: DecidedBy,
): Promise<ChangeRequest> {
  const { generation, hashBefore, hashAfter, askSha256, widens, moreWidens } = drafted.head
  const waiting = await deps.changes.list({ state: 'pending', before: null, limit: MOST_WAITING })
  const again = waiting.find(
    (one) => one.generation === generation && one.askSha256 === askSha256 && isOneIdentity(one.author, actor),
  )
  if (again !== undefined) return again
  if (waiting.length >= MOST_WAITING) throw new VendorError('changes_full')
  const change: ChangeRequest = {
    id: deps.newChangeId(),
    generation,
    hashBefore,
    hashAfter,
    askSha256,
    author: actor,
    request,
    atMs: deps.clock.nowMs(),
    widens,
    moreWidens,
    state: 'pending',
    decided: null,
  }
  const planSha256 = deps.sha256Bytes(await drafted.answer({}))
  const facts = { generation, hashBefore, hashAfter, askSha256, planSha256, widens, moreWidens }
  await deps.audit.append({ type: 'change.asked', change: change.id, request, actor, ...facts })
  await drafted.keep(change)
  return change
}

const MOST_WAITING = 100

/**
 * What a second person may say yes to: the change waits, is of the generation and hash that the person names and of the
 * generation that stands, was asked by somebody else, and is what the log says was asked. Throws `not_found`,
 * `change_decided`, `change_differs`, `change_stale`, `approval_same_person`, `change_tampered`.
 */
export async function approvable(
  deps: ChangeDeps,
  id: ChangeId,
  as: DecidedBy & { readonly decision: Decision; readonly standing: number },
): Promise<{ readonly change: ChangeRequest; readonly ask: DraftAsk }> {
  const change = await pendingChange(deps, id, as.decision)
  if (isSamePerson(deps, change.author, as.actor)) throw new VendorError('approval_same_person')
  if (change.generation !== as.standing)
    throw new VendorError('change_stale', { facts: { generation: as.standing } })
  const content = await deps.changes.content(id)
  if (content === null) throw new VendorError('not_found')
  await checkAgainstLog(deps, change, content)
  return { change, ask: deps.readAsk(content.ask) }
}

/** Says no to a change (anybody who may decide), or takes it back (its author). Same codes as `approvable`. */
export async function endChange(
  deps: ChangeDeps,
  id: ChangeId,
  as: DecidedBy & { readonly decision: Decision; readonly state: 'rejected' | 'withdrawn' },
): Promise<ChangeRequest> {
  const { actor, request, decision, state } = as
  const change = await pendingChange(deps, id, decision)
  if (state === 'withdrawn' && !isSamePerson(deps, change.author, actor))
    throw new VendorError('admin_forbidden')
  const { author, generation, hashAfter } = change
  const facts = { author, generation, hashAfter, reason: decision.reason }
  await deps.audit.append({ type: `change.${state}`, change: id, request, actor, ...facts })
  const decided = { by: actor, atMs: deps.clock.nowMs(), reason: decision.reason }
  if (!(await deps.changes.decide(id, { state, ...decided }))) throw new VendorError('change_decided')
  return { ...change, state, decided }
}

async function pendingChange(deps: ChangeDeps, id: ChangeId, decision: Decision): Promise<ChangeRequest> {
  const change = await deps.changes.get(id)
  if (change === null) throw new VendorError('not_found')
  if (change.state !== 'pending') throw new VendorError('change_decided', { facts: { state: change.state } })
  if (change.generation !== decision.generation || change.hashAfter !== decision.hash)
    throw new VendorError('change_differs')
  return change
}

/** A row that somebody wrote into the file past us would be approved in good faith: the log knows what was asked. */
async function checkAgainstLog(
  deps: ChangeDeps,
  change: ChangeRequest,
  { ask, plan }: { readonly ask: Uint8Array; readonly plan: Uint8Array },
): Promise<void> {
  const { request } = change
  const { events } = await deps.audit.page({ types: ['change.asked'], request, limit: 10 })
  const asked = events.map(({ event }) => event).find((one) => 'change' in one && one.change === change.id)
  const isWhatWasAsked =
    asked?.type === 'change.asked' &&
    asked.askSha256 === deps.sha256Bytes(ask) &&
    asked.hashAfter === change.hashAfter &&
    asked.generation === change.generation &&
    // What the second person read of it.
    asked.planSha256 === deps.sha256Bytes(plan) &&
    waysOf(asked.widens) === waysOf(change.widens) &&
    asked.moreWidens === change.moreWidens &&
    isOneIdentity(asked.actor, change.author) &&
    asked.actor.person === change.author.person
  if (!isWhatWasAsked) throw new VendorError('change_tampered', { facts: { change: change.id } })
}

function waysOf(widens: ChangeRequest['widens']): string {
  return JSON.stringify(widens.map(({ kind, name, code }) => [kind, name, code]))
}

/** One identity, or two of one person: by what was so when it was asked, and by what is so now. */
export function isSamePerson(deps: Pick<ChangeDeps, 'personsOf'>, author: Actor, other: Actor): boolean {
  const persons = new Set([author.person, ...deps.personsOf(author)].map(personKey))
  return (
    isOneIdentity(author, other) ||
    [other.person, ...deps.personsOf(other)].some((one) => persons.has(personKey(one)))
  )
}

function isOneIdentity(a: Pick<Actor, 'issuer' | 'sub'>, b: Pick<Actor, 'issuer' | 'sub'>): boolean {
  return a.issuer === b.issuer && a.sub === b.sub
}

import type { Decision } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { ExplainedMapping } from '../domain/explanation.ts'
import type { Nearness } from '../domain/nearness.ts'
import { obstaclesInWords } from '../domain/nearness-words.ts'
import type { Sha256 } from '../domain/session-name.ts'
import { type SimulationAsk, simulate } from '../domain/simulation.ts'
import { type TokenNote, tokenNotes } from '../domain/token-notes.ts'
import type { ErrorCode } from '../errors.ts'
import { VendorError } from '../errors.ts'
import type { Clock, ResourceState } from '../ports.ts'

/** What claims would get now, and why. */
export type Simulated = {
  readonly generation: number
  readonly outcome: 'granted' | 'refused'
  /** null: granted. */
  readonly code: ErrorCode | null
  /** What the token door would refuse of these claims before anything is decided, by code. */
  readonly notes: readonly TokenNote[]
  readonly decision: Decision | null
  /** What the session could do; null where nothing is granted. */
  readonly sessionPolicy: unknown
  readonly lifetimeSeconds: number | null
  /** The nearest first. */
  readonly mappings: readonly (Nearness & Pick<ExplainedMapping, 'inTheWay'>)[]
  readonly mappingsInAll: number
}

export type SimulateDeps = {
  readonly configuration: () => Configuration
  readonly recent: () => Promise<ResourceState>
  readonly account: string
  readonly clock: Clock
  readonly sha256: Sha256
}

export type SimulateAsk = Omit<SimulationAsk, 'issuer' | 'nowMs'> & {
  /** By its name; null: the one whose url is the `iss` claim. */
  readonly issuer: string | null
}

/**
 * Decides over claims by the configuration that stands, as if a token with them had been verified: nothing is given, used up
 * or recorded. Throws `parameter_invalid` of an issuer by a name that nobody has, `config_unavailable`.
 */
export async function simulateClaims(deps: SimulateDeps, ask: SimulateAsk): Promise<Simulated> {
  const { resources } = await deps.recent()
  const configuration = deps.configuration()
  const { generation } = configuration
  const { claims } = ask
  const known = [...configuration.issuers.values()].find(({ name, url }) =>
    ask.issuer === null ? url === claims['iss'] : name === ask.issuer,
  )
  if (known === undefined && ask.issuer !== null)
    throw new VendorError('parameter_invalid', { facts: { member: 'issuer' } })
  if (known === undefined) return refusedBefore(generation, 'unknown_issuer')
  if (!known.enabled) return refusedBefore(generation, 'issuer_disabled')
  const { account, sha256, clock } = deps
  const nowMs = clock.nowMs()
  const by = { configuration, resources, account, sha256 }
  const { outcome, ranked, inAll } = simulate(by, { ...ask, issuer: known, nowMs })
  const { granted, decision } = outcome
  return {
    generation,
    outcome: granted ? 'granted' : 'refused',
    code: granted ? null : outcome.code,
    notes: tokenNotes(claims, known, { nowMs, whole: false }),
    decision,
    sessionPolicy: granted ? JSON.parse(outcome.grant.sessionPolicy) : null, // printed by the policy engine
    lifetimeSeconds: granted ? outcome.grant.lifetimeSeconds : null,
    mappings: ranked.map((one) => ({ ...one, inTheWay: obstaclesInWords(one) })),
    mappingsInAll: inAll,
  }
}

function refusedBefore(generation: number, code: ErrorCode): Simulated {
  const nothing = {
    decision: null,
    sessionPolicy: null,
    lifetimeSeconds: null,
    mappings: [],
    mappingsInAll: 0,
  }
  return { generation, outcome: 'refused', code, notes: [], ...nothing }
}

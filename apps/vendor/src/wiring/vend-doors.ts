import type { DoorDeps } from '../app.ts'
import { createRefusals } from '../audit/refusals.ts'
import type { RateLimits } from '../config.ts'
import { createDoorLimit } from '../domain/door-limit.ts'
import { decide } from '../domain/grant.ts'
import { createSubjectBudgets } from '../domain/subject-budget.ts'
import { VendorError } from '../errors.ts'
import { assumeRole } from '../flows/assume-role.ts'
import type { ExchangeDeps, ExchangeRequest } from '../flows/exchange.ts'
import { exchange } from '../flows/exchange.ts'
import type { InFlight } from '../flows/in-flight.ts'
import type { Exchanged } from '../flows/issue.ts'
import { identify } from '../flows/signed-session.ts'
import { hmacSha256Hex } from '../sessions/hmac.ts'
import type { OpenedConfiguration } from './configuration.ts'
import type { OpenedRecord } from './record.ts'
import type { OpenedStores } from './stores.ts'
import type { Wiring } from './wiring.ts'

export type VendDoorsOf = Pick<OpenedRecord, 'audit' | 'sessions' | 'isRolledBack'> &
  Pick<OpenedConfiguration, 'store' | 'configuration'> &
  Pick<OpenedStores, 'target' | 'endings' | 'revocations' | 'probes'> &
  Pick<ExchangeDeps, 'verifier' | 'replays'> & { readonly inFlight: InFlight }

export type VendDoors = {
  /** The doors that give credentials. */
  readonly doors: Pick<DoorDeps, 'token' | 'sts' | 'container'>
  /** Writes the refusals that are counted so far. */
  flushRefusals(): Promise<void>
}

/** Builds what is behind them: one exchange for all, each under way counted until its record is written. */
export function createVendDoors(wiring: Wiring, of: VendDoorsOf): VendDoors {
  const { settings, clock, timers, random, log, sha256, metering } = wiring
  const { configuration, audit, revocations, inFlight, isRolledBack } = of
  const refusals = createRefusals({
    audit,
    clock,
    timers,
    newRequestId: () => wiring.newId('req'),
    log,
    isConfigured: (url) => configuration().issuers.has(url),
  })
  const vend = metering.exchange.timed({
    locks: revocations.locks,
    isProved: of.probes.isProved,
    clock,
    random,
    sha256,
    verifier: of.verifier,
    decide,
    configuration,
    target: of.target,
    store: of.store,
    audit,
    refusals,
    budgets: createSubjectBudgets(),
    replays: of.replays,
    endings: of.endings,
    sessions: of.sessions,
  })
  const signed = { ...vend, hmac: hmacSha256Hex }
  const limits = doorLimits(settings.rateLimits)
  const during = (door: string, work: () => Promise<Exchanged>) =>
    metering.exchange.during(door, () => {
      if (isRolledBack()) throw new VendorError('audit_unavailable', { facts: { reason: 'rolled back' } })
      return inFlight.during(work)
    })
  const door = {
    exchange: (request: ExchangeRequest) => during(request.door, () => exchange(vend, request)),
    requestFacts: wiring.requestFacts,
    limit: (name: keyof typeof limits, ip: string) => limits[name](ip, clock.monotonicMs()),
    clock,
    account: settings.account,
    log,
  }
  const sts: DoorDeps['sts'] = {
    ...door,
    assumeRole: (request) => during(request.door, () => assumeRole(signed, request)),
    identify: (received) => identify(signed, received, ['header', 'query']),
    publicUrl: settings.publicUrl,
    tokenInQuery: settings.tokenInQuery === 'on',
  }
  return { doors: { token: door, sts, container: door }, flushRefusals: refusals.flush }
}

function doorLimits({ token, sts, container }: RateLimits) {
  return { token: createDoorLimit(token), sts: createDoorLimit(sts), container: createDoorLimit(container) }
}

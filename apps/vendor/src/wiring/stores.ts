import type { Configuration } from '../domain/configuration.ts'
import type { Endings } from '../flows/ending.ts'
import { createEndings } from '../flows/ending.ts'
import type { InFlight } from '../flows/in-flight.ts'
import type { Probing } from '../flows/probing.ts'
import { createProbing } from '../flows/probing.ts'
import type { RevokeFlow } from '../flows/revoke.ts'
import { createRevokeFlow } from '../flows/revoke.ts'
import type { AuditLog, CredentialTarget } from '../ports.ts'
import type { Wiring } from './wiring.ts'

export type StoresOf = {
  readonly audit: AuditLog
  readonly configuration: () => Configuration
  readonly inFlight: InFlight
  /** Nothing that was given is given again. */
  readonly forgetGiven: () => void
}

/** What is done at stores beside minting: sessions are ended there, and what they can do is tried. */
export type OpenedStores = {
  /** Each call timed and counted. */
  readonly target: (name: string) => CredentialTarget | undefined
  readonly endings: Endings
  readonly revocations: RevokeFlow
  readonly probes: Probing
}

/** Reads what stands of revocations and probes. Nothing is ended or probed before `endings.resume` and `probes.wake`. */
export async function openStores(wiring: Wiring, of: StoresOf): Promise<OpenedStores> {
  const { settings, clock, timers, random, log, newId, targets } = wiring
  const { audit, configuration, inFlight } = of
  targets.listen((event) => {
    log.warn(event.type, event)
    audit.append(event).catch(() => log.error('target.event_not_recorded', { type: event.type }))
  })
  const target = wiring.metering.targets(targets.get)
  const endings = createEndings({ clock, timers, audit, target, log })
  const revocations = createRevokeFlow({
    clock,
    timers,
    audit,
    target,
    inFlight,
    endings,
    forgetGiven: of.forgetGiven,
    newRevocationId: () => newId('rvk'),
    breathe: wiring.breathe,
    log,
  })
  await revocations.open()
  const probes = createProbing({
    clock,
    timers,
    audit,
    endings,
    configuration,
    target: targets.get,
    locks: revocations.locks,
    sha256: wiring.sha256,
    newAssumptionId: () => newId('asm'),
    newProbeId: () => newId('prb'),
    randomHex: () => Buffer.from(random.bytes(10)).toString('hex'),
    isScheduled: settings.probes === 'on',
    log,
  })
  await probes.open()
  return { target, endings, revocations, probes }
}

import type { Detecting } from '../flows/detecting.ts'
import { createDetecting } from '../flows/detecting.ts'
import type { FindingsDeps, FindingsFlow } from '../flows/findings.ts'
import { createFindings } from '../flows/findings.ts'
import type { AuditLog } from '../ports.ts'
import { type DetectLookOf, openDetectLook } from './detect-look.ts'
import type { Opened, Wiring } from './wiring.ts'

export type DetectionOf = Omit<DetectLookOf, 'settings' | 'timers' | 'audit'> &
  Pick<FindingsDeps, 'probed' | 'ghosts'> & { readonly audit: AuditLog }

/** What is wrong with what stands, as detectors, probes, lint and stores say it. */
export type OpenedDetection = {
  readonly detecting: Detecting
  readonly findings: FindingsFlow
  closeLook(): Promise<void>
}

/** Reads what was announced before. Nothing is looked at before `detecting.begin`. */
export async function openDetection(
  wiring: Wiring,
  of: DetectionOf,
  opened: Opened,
): Promise<OpenedDetection> {
  const { settings, clock, timers, log } = wiring
  const { audit, configuration } = of
  const detectLook = openDetectLook({ ...of, settings, timers })
  opened.defer(() => detectLook.close())
  const detecting = createDetecting({
    clock,
    timers,
    log,
    audit,
    findings: audit.findings,
    generation: () => configuration().generation,
    look: detectLook.look,
    isScheduled: settings.detectors.scheduled === 'on',
  })
  await detecting.open()
  const { probed, ghosts } = of
  const findings = createFindings({ clock, detecting, probed, ghosts, kept: audit.findings })
  return { detecting, findings, closeLook: () => detectLook.close() }
}

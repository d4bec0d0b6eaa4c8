import { lintConfiguration } from '../lint/lint.ts'
import type { Finding } from '../lint/rule.ts'
import { ACCESS_DETECTOR } from './access-detector.ts'
import type { Detector, DetectorFinding, Sighting } from './detector.ts'
import type { Evidence } from './evidence.ts'
import { ISSUER_DETECTORS } from './issuer-detectors.ts'
import { LOG_DETECTOR } from './log-detector.ts'
import { OVERLAP_DETECTOR } from './overlap-detector.ts'
import { OWNER_DETECTORS } from './owner-detectors.ts'
import { ROLE_DETECTORS } from './role-detectors.ts'
import { sceneOf } from './scene.ts'
import { SUBJECT_DETECTORS } from './subject-detectors.ts'
import { TRAFFIC_DETECTORS } from './traffic-detectors.ts'
import { USE_DETECTORS } from './use-detectors.ts'

/** Every detector, S01 to S20. */
export const DETECTORS: readonly Detector[] = [
  ...USE_DETECTORS,
  ACCESS_DETECTOR,
  ...SUBJECT_DETECTORS,
  ...ISSUER_DETECTORS,
  ...OWNER_DETECTORS,
  OVERLAP_DETECTOR,
  ...ROLE_DETECTORS,
  ...TRAFFIC_DETECTORS,
  LOG_DETECTOR,
].toSorted((a, b) => (a.id < b.id ? -1 : 1))

export type Detection = {
  /** What no detector takes. */
  readonly lint: readonly Finding[]
  /** By key. */
  readonly found: readonly DetectorFinding[]
}

/**
 * All that detectors and lint find in this evidence, each thing once: what the lint finds and a detector takes stands
 * under the detector, with rule, place and words of the lint. Pure: the same evidence, the same answer.
 */
export function detect(evidence: Evidence): Detection {
  const scene = sceneOf(evidence)
  const linted = lintConfiguration(evidence.resources, evidence.nowMs)
  const lint: Finding[] = []
  const found: DetectorFinding[] = []
  for (const finding of linted) {
    const detector = TAKERS.get(finding.rule)
    if (detector === undefined || detector.takes?.(finding, scene) === false) lint.push(finding)
    else found.push(takenBy(detector, finding))
  }
  for (const detector of DETECTORS)
    for (const sighting of detector.find(scene)) found.push(findingOf(detector, sighting))
  return { lint, found: found.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)) }
}

const TAKERS: ReadonlyMap<string, Detector> = new Map(
  DETECTORS.flatMap((detector) => detector.folds.map((rule) => [rule, detector] as const)),
)

function takenBy(detector: Detector, finding: Finding): DetectorFinding {
  const { kind, name, rule, at } = finding
  const key = [detector.id, kind, name, rule, at.join('.')].filter((part) => part !== '').join('/')
  return { ...finding, detector: detector.id, key, evidence: {} }
}

function findingOf(detector: Detector, sighting: Sighting): DetectorFinding {
  const { kind, name, at = [], part, says, evidence } = sighting
  const { severity = detector.severity, fix = detector.fix } = sighting
  const { id, rule } = detector
  const key = [id, kind, name, rule, part ?? at.join('.')].filter((one) => one !== '').join('/')
  return { rule, severity, kind, name, at, message: says, fix, detector: id, key, evidence }
}

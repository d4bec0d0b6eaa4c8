import { compileMapping, mappingMatches } from '../mapping.ts'
import type { MappingIndex } from '../mapping-index.ts'
import { candidatesOf, indexMappings } from '../mapping-index.ts'
import type { Detector, Sighting } from './detector.ts'
import type { Scene } from './scene.ts'

/** Pairs beyond these are not said one by one. */
const MOST_PAIRS = 200

/** Two ways in for one and the same. */
export const OVERLAP_DETECTOR: Detector = {
  id: 'S12',
  rule: 'roles-overlap',
  severity: 'notice',
  about:
    'two mappings of different roles admit the same subject: who asks for no role is refused (`role_required`)',
  restsOn:
    'subjects that were seen lately, held against the mappings that stand, and those that were given sessions of both roles',
  fix: 'narrow one of them, or let the callers name the role that they want',
  folds: [],
  find(scene) {
    const pairs = new Map<string, Sighting>()
    const roleOf = new Map(
      scene.mappings.flatMap(({ name, body, live }) => (live ? [[name, body.role]] : [])),
    )
    const add = (names: readonly string[], assumption: string | null) => {
      for (const [at, one] of names.entries())
        for (const other of names.slice(at + 1)) {
          const [role, otherRole] = [roleOf.get(one), roleOf.get(other)]
          if (role === undefined || otherRole === undefined || role === otherRole) continue
          const key = `${one} ${other}`
          if (pairs.has(key) || pairs.size >= MOST_PAIRS) continue
          const says = `\`${other}\` admits the same subject to \`${otherRole}\``
          pairs.set(key, {
            kind: 'mapping',
            name: one,
            part: other,
            says,
            evidence: { other, role, otherRole, assumption },
          })
        }
    }
    for (const { names, assumption } of bothMatch(scene)) add(names, assumption)
    for (const names of scene.evidence.use.shared) add(names.toSorted(), null)
    return [...pairs.values()]
  },
}

/** For each subject, the mappings in force that match it, by name. */
function* bothMatch({
  evidence,
  mappings,
}: Scene): Generator<{ names: readonly string[]; assumption: string }> {
  const live = Map.groupBy(
    mappings.filter((one) => one.live),
    ({ body }) => body.issuer,
  )
  const indexes = new Map<string, MappingIndex>()
  const indexOf = (issuer: string) => {
    const known = indexes.get(issuer)
    if (known !== undefined) return known
    const made = indexMappings((live.get(issuer) ?? []).map((mapping) => compileMapping(mapping)))
    indexes.set(issuer, made)
    return made
  }
  for (const { issuer, claims, assumption } of evidence.use.subjects) {
    const names = candidatesOf(indexOf(issuer), claims)
      .filter((mapping) => mappingMatches(mapping, claims, evidence.nowMs))
      .map(({ name }) => name)
    if (names.length > 1) yield { names: names.toSorted(), assumption }
  }
}

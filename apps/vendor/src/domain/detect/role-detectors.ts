import type { Detector, Sighting } from './detector.ts'
import { dayOf, daysBetween } from './detector.ts'
import type { Scene } from './scene.ts'

/** What stands in the documents of roles, and what somebody lives with. */
export const ROLE_DETECTORS: readonly Detector[] = [
  {
    id: 'S14',
    rule: 'key-old',
    severity: 'warning',
    about:
      'the key or secret with which Stint asks a store is older than a year (90 days in the profile `high`)',
    restsOn:
      'when the key was made (`secret.created`, `secret.rotated`); for secrets and keys that the operator gives, when the file changed',
    fix: 'give it a new one: `stint target rekey <target>` for a signing key, a new file for a secret',
    folds: [],
    find: ({ targets, evidence: { secrets, nowMs, thresholds } }) => {
      const here = new Set(targets.map(({ name }) => name))
      return secrets.flatMap(({ target, what, sinceMs }): Sighting[] => {
        const days = daysBetween(sinceMs, nowMs)
        if (!here.has(target) || days < thresholds.rotationDays) return []
        const says = `its ${what} is of ${dayOf(sinceMs)}, ${days} days old`
        return [
          { kind: 'target', name: target, part: what, says, evidence: { what, since: dayOf(sinceMs), days } },
        ]
      })
    },
  },
  {
    id: 'S17',
    rule: 'policy-full',
    severity: 'notice',
    about:
      'the session policy of a role is nearly as large as its store takes: the next longer name is refused',
    restsOn: 'the size that was proved when the role was saved, and at AWS how full it was when it was sent',
    fix: 'lower `maxBytes` of the dearest placeholder, or say the same in fewer statements',
    folds: ['size-near-limit', 'packed-size'],
    find: ({ roles, evidence: { use, thresholds } }) =>
      [...use.packedPercent].flatMap(([name, percent]): Sighting[] =>
        roles.has(name) && percent >= thresholds.packedPercent
          ? [
              {
                kind: 'role',
                name,
                at: ['policies'],
                severity: 'warning',
                says: `AWS packed it to ${percent} % of what it takes`,
                evidence: { percent },
              },
            ]
          : [],
      ),
  },
  {
    id: 'S18',
    rule: 'exception-standing',
    severity: 'notice',
    about:
      'somebody lives with a finding by name (`accept`): it is asked about at every review, and is a warning where nobody attested it for 180 days (90 in the profile `high`)',
    restsOn:
      'the `accept` of roles and targets, since when it stands there, and when a reviewer last said yes to it',
    fix: 'mend what it excuses and take the code out of `accept`; or attest it',
    folds: ['lives-with', 'accept-needless'],
    find: (scene) => [...exceptions(scene)],
  },
  {
    id: 'S20',
    rule: 'statement-idle',
    severity: 'notice',
    about: 'a statement, policy or mapping that says nothing beside others: ending it ends nothing',
    restsOn: 'the documents of policies as their dialects read them, and the conditions of mappings',
    fix: 'take it away, or narrow what covers it',
    folds: [
      'duplicate',
      'shadowed',
      'deny-misses',
      'allow-denied',
      'policy-needless',
      'statement-twice',
      'statement-covered',
      'entry-covered',
    ],
    find: () => [],
  },
]

function* exceptions({ evidence, roles, targets, history }: Scene): Generator<Sighting> {
  const { nowMs, thresholds, log } = evidence
  for (const { kind, name, body } of [...roles.values(), ...targets]) {
    const known = history(kind, name)
    for (const [place, code] of (body.accept ?? []).entries()) {
      const sinceMs = known?.acceptedMs[code] ?? known?.changedMs ?? nowMs
      const attestedMs = known?.exceptionsAttestedMs[code] ?? null
      const days = daysBetween(Math.max(sinceMs, attestedMs ?? 0), nowMs)
      const isOver = days >= thresholds.exceptionDays
      const attested = attestedMs === null ? null : dayOf(attestedMs)
      yield {
        kind,
        name,
        at: ['accept', place],
        part: code,
        severity: isOver ? 'warning' : 'notice',
        says: isOver
          ? `\`${code}\` is accepted since ${dayOf(sinceMs)}, and nobody attested it for ${days} days`
          : `\`${code}\` is accepted since ${dayOf(sinceMs)}`,
        evidence: { code, since: dayOf(sinceMs), attested, days },
      }
    }
  }
  for (const { seq, atMs } of log.exceptions) {
    if (daysBetween(atMs, nowMs) > thresholds.logDays) continue
    const says = `the service was started on a configuration that was not the log’s last (event ${seq}, ${dayOf(atMs)})`
    yield {
      kind: 'log',
      name: 'audit',
      part: `exception:${seq}`,
      severity: 'warning',
      says,
      evidence: { seq, at: dayOf(atMs) },
    }
  }
}

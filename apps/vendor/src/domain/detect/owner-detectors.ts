import type { Detector } from './detector.ts'
import { dayOf, daysBetween } from './detector.ts'
import { nameKey } from './scene.ts'

/** Who answers for a trust, and whether anybody looked at it. */
export const OWNER_DETECTORS: readonly Detector[] = [
  {
    id: 'S10',
    rule: 'owner-left',
    severity: 'warning',
    about: 'the owner of a mapping is nobody who can be written to, or left',
    restsOn:
      'the owner as the mapping names it, and the persons of admin bindings: all of whose bindings were ended, left',
    fix: 'name an owner who is there: a team rather than a person',
    folds: ['owner-unreachable'],
    find: ({ mappings, left }) =>
      mappings.flatMap(({ name, body }) =>
        left.has(nameKey(body.owner))
          ? [
              {
                kind: 'mapping',
                name,
                at: ['owner'],
                says: 'all admin bindings of this person were ended',
                evidence: {},
              },
            ]
          : [],
      ),
  },
  {
    id: 'S11',
    rule: 'edited-unapproved',
    severity: 'notice',
    about: 'a mapping was edited, and nobody but its author said yes to what it says now',
    restsOn:
      'the content that stands, the approvals of changes and what reviews attested; disabling and enabling edits nothing; a warning where the server asks no second person (`STINT_APPROVALS=off`)',
    fix: 'let its reviewer attest it as it is, or have the change approved',
    folds: [],
    find: ({ mappings, evidence: { nowMs, twoPersons } }) =>
      mappings.flatMap(({ name, history, body }) => {
        if (history === null || history.contentVersion === 1) return []
        if (body.mode === 'off' || history.approved) return []
        if (history.attestedMs !== null && history.attestedMs >= history.changedMs) return []
        const { contentVersion: version } = history
        const edited = dayOf(history.changedMs)
        return [
          {
            kind: 'mapping',
            name,
            severity: twoPersons ? 'notice' : 'warning',
            says: `version ${version} of ${edited} was neither approved nor attested`,
            evidence: { version, edited, days: daysBetween(history.changedMs, nowMs) },
          },
        ]
      }),
  },
]

import type { Exercised } from '../domain/access/exercised.ts'
import { grantedAgainstUsed } from '../domain/access/exercised.ts'
import { grantedBy } from '../domain/access/role-grants.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { Mapping } from '../domain/mapping.ts'
import type { Role } from '../domain/role.ts'
import type { AccessReader, AccessStore, ExercisedOf } from '../ports/access.ts'
import type { Clock } from '../ports.ts'

export type ExercisedDeps = {
  readonly clock: Clock
  readonly access: Pick<AccessStore, 'told' | 'uses' | 'usedSeconds'>
  readonly configuration: () => Configuration
  readonly mapping: (name: string) => Mapping | undefined
}

const DAY_MS = 86_400_000

/** Holds what roles grant, as they stand now, against what stores told of their sessions. */
export function createExercised(deps: ExercisedDeps): AccessReader {
  const { access, clock } = deps

  async function exercisedBy(role: Role, of: ExercisedOf, days: number): Promise<Exercised | null> {
    const told = await access.told(role.target.name)
    if (told === null) return null
    const sinceMs = clock.nowMs() - days * DAY_MS
    const { sessions, uses } = await access.uses(of, sinceMs)
    return {
      role: role.name,
      mapping: of.kind === 'mapping' ? of.name : null,
      target: role.target.name,
      told,
      sessions,
      ...grantedAgainstUsed(grantedBy(role), uses),
    }
  }

  return {
    async exercised(of, days) {
      const role = deps
        .configuration()
        .roles.get(of.kind === 'role' ? of.name : (deps.mapping(of.name)?.role ?? ''))
      return role === undefined ? null : exercisedBy(role, of, days)
    },
    async exercisedRoles(days) {
      const found = new Map<string, Exercised>()
      for (const role of deps.configuration().roles.values()) {
        const one = await exercisedBy(role, { kind: 'role', name: role.name }, days)
        if (one !== null && one.sessions > 0) found.set(one.role, one)
      }
      return found
    },
    async usedSeconds(days) {
      const nowMs = clock.nowMs()
      return access.usedSeconds(nowMs - days * DAY_MS, nowMs)
    },
  }
}

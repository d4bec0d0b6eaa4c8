import type { Actor } from '../../domain/audit-event.ts'
import type { Configuration } from '../../domain/configuration.ts'
import { personKey } from '../../domain/person.ts'
import { madeByAuditor, rolesOfPersons } from '../../domain/separation.ts'
import { type FirstAdministrator, personsOf } from '../admin.ts'
import { isSamePerson } from '../change-request.ts'
import type { Persons } from './deps.ts'

/** Who is who by the configuration that stands, and by what of it is disabled. */
export function createPersons(configuration: () => Configuration, first: FirstAdministrator): Persons {
  const known = (who: Pick<Actor, 'issuer' | 'sub'>) => personsOf(configuration(), who)
  return {
    same: (a, b) => isSamePerson({ personsOf: known }, a, b),
    isPerson: (who, person) =>
      [who.person, ...known(who)].some((one) => personKey(one) === personKey(person)),
    auditsOwnWork(who) {
      const { issuers, adminBindings } = configuration()
      const bindings = adminBindings.map(({ body }) => body)
      const own = bindings.filter(
        (one) =>
          one.sub === who.sub &&
          [...issuers.values()].some(({ name, url }) => name === one.issuer && url === who.issuer),
      )
      const rolesOf = rolesOfPersons(bindings)
      return own.some((one) => madeByAuditor(rolesOf(one)).length > 0)
    },
    isReviewer(person) {
      const isFirst = [first.subject, ...known({ issuer: first.issuer, sub: first.subject })]
      const bound = configuration().adminBindings.filter(({ body }) => body.roles.includes('reviewer'))
      return [...isFirst, ...bound.map(({ body }) => body.person)].some(
        (one) => personKey(one) === personKey(person),
      )
    },
  }
}

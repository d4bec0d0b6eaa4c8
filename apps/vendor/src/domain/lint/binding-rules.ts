import { personKey } from '../person.ts'
import type { AdminBindingBody } from '../resource.ts'
import type { Rule } from './rule.ts'

export type BindingInput = {
  readonly body: AdminBindingBody
  /** By person, however it is spelt: the roles of all their bindings. */
  readonly rolesOf: ReadonlyMap<string, ReadonlySet<string>>
}

/** What an auditor is to judge, and who makes it. */
const MAKERS = ['author', 'approver']

export const BINDING_RULES: readonly Rule<BindingInput>[] = [
  {
    id: 'auditor-of-own-work',
    severity: 'warning',
    about: 'an auditor who is an author or approver as well, by this binding or another of the same person',
    fix: 'give the role `auditor` to somebody who makes nothing here',
    find: ({ body, rolesOf }) => {
      const all = rolesOf.get(personKey(body.person))
      const makes = MAKERS.filter((role) => all?.has(role) === true)
      const at = body.roles.indexOf('auditor')
      return at < 0 || makes.length === 0
        ? []
        : [{ at: ['roles', at], says: `an auditor who is ${makes.join(' and ')} as well` }]
    },
  },
]

import type { AdminBindingBody } from '../resource.ts'
import { madeByAuditor } from '../separation.ts'
import type { Rule } from './rule.ts'

export type BindingInput = {
  readonly body: AdminBindingBody
  /** The roles of all bindings of its person. */
  readonly roles: ReadonlySet<string>
}

export const BINDING_RULES: readonly Rule<BindingInput>[] = [
  {
    id: 'auditor-of-own-work',
    severity: 'warning',
    about: 'an auditor who is an author or approver as well, by this binding or another of the same person',
    fix: 'give the role `auditor` to somebody who makes nothing here',
    find: ({ body, roles }) => {
      const makes = madeByAuditor(roles)
      const at = body.roles.indexOf('auditor')
      return at < 0 || makes.length === 0
        ? []
        : [{ at: ['roles', at], says: `an auditor who is ${makes.join(' and ')} as well` }]
    },
  },
]

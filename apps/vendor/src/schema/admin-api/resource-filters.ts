import type { Collection } from '../../domain/collection.ts'
import type { Schema } from './operation.ts'
import { oneOf, text } from './operation-parts.ts'

const STATE = oneOf(['enabled', 'disabled'])
const NAME = text(64)

/** By what the members of a collection can be filtered: each is a member of the stored body, or the state. */
export const FILTERS: Readonly<Record<Collection, Readonly<Record<string, Schema>>>> = {
  issuers: { state: STATE, preset: NAME, url: text(255), for: oneOf(['machine', 'human']) },
  targets: { state: STATE, kind: NAME, mode: NAME, endpoint: text(255) },
  policies: { state: STATE },
  roles: { state: STATE, target: NAME, for: oneOf(['machine', 'human']) },
  mappings: {
    state: STATE,
    issuer: NAME,
    role: NAME,
    mode: oneOf(['off', 'shadow', 'enforce']),
    owner: text(256),
  },
  admins: { state: STATE, issuer: NAME, person: text(256), sub: text(255) },
}

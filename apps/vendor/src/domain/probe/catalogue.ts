import { ADMINISTRATOR_TRIES } from './tries/administrator.ts'
import { CLEAN_UP, CONFINEMENT_TRIES } from './tries/confinement.ts'
import { FORGED_TRIES } from './tries/forged.ts'
import { LANGUAGE_TRIES } from './tries/language.ts'
import { LIFETIME_TRIES } from './tries/lifetime.ts'
import { SIBLING_TRIES } from './tries/siblings.ts'
import { WALL_TRIES } from './tries/wall.ts'
import type { ProbeTry } from './try.ts'

/** Everything that is tried at a target, in this order: what writes the probe’s objects comes first, what deletes them last. */
export const TARGET_TRIES: readonly ProbeTry[] = [
  ...CONFINEMENT_TRIES,
  ...LIFETIME_TRIES,
  ...SIBLING_TRIES,
  ...WALL_TRIES,
  ...FORGED_TRIES,
  ...LANGUAGE_TRIES,
  CLEAN_UP,
  ...ADMINISTRATOR_TRIES,
]

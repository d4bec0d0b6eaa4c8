import { z } from 'zod'

/** The body of `config:plan` and `config:apply`. The configuration itself is read by its own schema, with its paths. */
export const ADMIN_CONFIGURATION = z.strictObject({
  configuration: z.unknown(),
  /** The generation that was planned on; another one is a conflict. */
  expectedGeneration: z.int().min(0).optional(),
})

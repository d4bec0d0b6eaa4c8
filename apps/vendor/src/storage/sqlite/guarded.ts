import { VendorError } from '../../errors.ts'

/** SQLite's own errors become the port's: `config_unavailable`. */
export function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof VendorError) throw thrown
    throw new VendorError('config_unavailable', { cause: thrown })
  }
}

import { dirname, join } from 'node:path'

/** A key of the log's own, beside its file. */
export function keyBeside(path: string) {
  return { keyFile: join(dirname(path), 'keys/log.pem'), makeKey: true, origin: 'stint.test/log' }
}

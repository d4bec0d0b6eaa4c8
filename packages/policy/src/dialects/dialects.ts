import { AWS } from './aws.ts'
import type { Dialect, DialectName } from './dialect.ts'
import { MINIO } from './minio.ts'
import { RGW } from './rgw.ts'

/** Every dialect by its name: a new one is a file and a line. */
export const DIALECTS = { minio: MINIO, rgw: RGW, aws: AWS } as const satisfies Record<DialectName, Dialect>

/** The dialect of a target of this kind, or null where Stint speaks none. */
export function dialectOf(kind: string): Dialect | null {
  // `hasOwn` proves that the text is one of the table's names.
  return Object.hasOwn(DIALECTS, kind) ? DIALECTS[kind as DialectName] : null
}

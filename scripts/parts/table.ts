import { minio } from './minio.ts'
import type { Part } from './part.ts'

/** Every part, by name. A part that a later issue needs is one row here and one file beside. */
export const PARTS: ReadonlyMap<string, Part> = new Map([minio].map((part) => [part.name, part]))

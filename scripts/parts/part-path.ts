import { ensurePart } from './ensure.ts'
import type { Log } from './part.ts'
import { PARTS } from './table.ts'

/** The path of a part of the table, found or made with this process's environment. Throws PartError. */
export async function partPath(name: string, log: Log): Promise<string> {
  const part = PARTS.find((one) => one.name === name)
  if (part === undefined) throw new Error(`there is no part \`${name}\``)
  return (await ensurePart(part, { env: process.env, log, now: () => new Date() })).path
}

import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { startGuard } from '../../test/support/guard.ts'
import { cachedProgram, hasPassed, isProgram, partFolder, programOnPath, rememberPassed } from './cache.ts'
import { takeLock } from './lock.ts'
import { type Environment, type FoundPart, type Log, type Part, PartError, reasonOf } from './part.ts'

export type PartContext = {
  readonly env: Environment
  readonly log: Log
  readonly now: () => Date
}

/**
 * A part that has already passed its check, on PATH or in the cache; never makes one and never starts it.
 * Throws PartError with the command that makes it.
 */
export async function findPart(part: Part, env: Environment): Promise<FoundPart> {
  for (const candidate of await candidates(part, env)) {
    if (await hasPassed(part, candidate.path, env)) return candidate
  }
  const byHand = `node scripts/parts.ts make ${part.name}   (or: ${part.byHand})`
  throw new PartError({ name: part.name, byHand }, 'it is not made yet')
}

/**
 * Finds a part that passes its check or makes it, once for all checkouts of this user. A program on PATH that
 * fails its check is passed over, aloud. Throws PartError.
 */
export async function ensurePart(part: Part, context: PartContext): Promise<FoundPart> {
  const ready = await firstPassing(part, context)
  if (ready) return ready
  const folder = partFolder(part, context.env)
  const onWait = () => context.log(`${part.name}: another process is making it; waiting`)
  using _lock = await takeLock(`${folder}.lock`, { onWait })
  // Another process may have made it while this one waited.
  const path = cachedProgram(part, context.env)
  if (await passes(part, path, context)) return { path, from: 'cache' }
  await makePart(part, context)
  return { path, from: 'cache' }
}

async function firstPassing(part: Part, context: PartContext): Promise<FoundPart | undefined> {
  for (const candidate of await candidates(part, context.env)) {
    if (await passes(part, candidate.path, context)) return candidate
  }
  return undefined
}

async function candidates(part: Part, env: Environment): Promise<readonly FoundPart[]> {
  const onPath = await programOnPath(part.program, env)
  const cached = cachedProgram(part, env)
  return [
    ...(onPath === undefined ? [] : [{ path: onPath, from: 'PATH' as const }]),
    ...((await isProgram(cached)) ? [{ path: cached, from: 'cache' as const }] : []),
  ]
}

async function passes(part: Part, program: string, { env, log, now }: PartContext): Promise<boolean> {
  if (!(await isProgram(program))) return false
  if (await hasPassed(part, program, env)) return true
  try {
    await part.check(program)
  } catch (error) {
    log(`${part.name}: ${program} is not used: ${reasonOf(error)}`)
    return false
  }
  await rememberPassed(part, program, env, now())
  return true
}

/** Makes it in a folder beside its place, and moves it there when it has passed; the caller holds the lock. */
async function makePart(part: Part, { env, log, now }: PartContext): Promise<void> {
  const place = partFolder(part, env)
  await removeCorpses(place)
  const folder = await mkdtemp(`${place}.making-`)
  const guard = await startGuard()
  guard.folder(folder)
  const started = now().getTime()
  log(`${part.name}: ${part.how}`)
  try {
    const output = join(folder, 'made', part.program)
    await mkdir(dirname(output))
    await part.make({ folder, output, log: (line) => log(`${part.name}: ${line}`), env })
    await part.check(output)
    await rm(place, { recursive: true, force: true })
    await rename(dirname(output), place)
    await rememberPassed(part, join(place, part.program), env, now())
  } catch (error) {
    throw new PartError(part, reasonOf(error), { cause: error })
  } finally {
    await rm(folder, { recursive: true, force: true })
    await guard.release()
  }
  log(
    `${part.name}: made in ${Math.round((now().getTime() - started) / 1000)} s: ${join(place, part.program)}`,
  )
}

/** What a maker left that was killed together with its guard, by a power cut say. */
async function removeCorpses(place: string): Promise<void> {
  const all = await readdir(dirname(place))
  const corpses = all.filter((name) => name.startsWith(`${basename(place)}.making-`))
  for (const name of corpses) await rm(join(dirname(place), name), { recursive: true, force: true })
}

import { ensurePart, findPart } from './parts/ensure.ts'
import { type Part, PartError, reasonOf } from './parts/part.ts'
import { PARTS } from './parts/table.ts'

const USAGE = `usage: node scripts/parts.ts <command>
  list             each part: version, and where it is
  make [name…]     find or make these parts (all that \`pnpm test\` needs when none is named)
  make --long      all, those of \`pnpm test:long\` too
  where <name>     the path of a part that is made`

async function main([command, ...names]: readonly string[]): Promise<number> {
  const env = process.env
  if (command === 'list' && names.length === 0) {
    for (const part of PARTS) console.log(`${part.name}  ${part.version}  ${await whereabouts(part)}`)
    return 0
  }
  if (command === 'make') {
    for (const part of partsToMake(names)) {
      const log = (line: string) => console.error(line)
      const found = await ensurePart(part, { env, log, now: () => new Date() })
      console.log(`${part.name}  ${found.path}`)
    }
    return 0
  }
  if (command === 'where' && names.length === 1) {
    for (const part of partsNamed(names)) console.log((await findPart(part, env)).path)
    return 0
  }
  console.error(USAGE)
  return 2
}

async function whereabouts(part: Part): Promise<string> {
  return findPart(part, process.env).then(
    ({ path }) => path,
    (error: unknown) => (error instanceof PartError ? error.reason : Promise.reject(error)),
  )
}

function partsToMake(names: readonly string[]): readonly Part[] {
  if (names.length === 1 && names[0] === '--long') return PARTS
  return names.length === 0 ? PARTS.filter(({ long = false }) => !long) : partsNamed(names)
}

function partsNamed(names: readonly string[]): readonly Part[] {
  const unknown = names.find((name) => !PARTS.some((part) => part.name === name))
  if (unknown !== undefined)
    throw new Error(`there is no part \`${unknown}\`: ${PARTS.map(({ name }) => name).join(', ')}`)
  return PARTS.filter(({ name }) => names.includes(name))
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(reasonOf(error))
  process.exitCode = 1
}

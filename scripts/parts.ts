import { ensurePart, PartMissing } from './parts/part.ts'
import { PARTS } from './parts/table.ts'

/** `node scripts/parts.ts list | make [name…] | where <name>`: the real programs that demo and tests start. */

const [verb = 'list', ...names] = process.argv.slice(2)
const say = (line: string) => console.error(line)

try {
  process.exitCode = await run()
} catch (thrown) {
  if (!(thrown instanceof PartMissing)) throw thrown
  console.error(thrown.message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const chosen = names.length === 0 ? [...PARTS.keys()] : names
  const unknown = chosen.find((name) => !PARTS.has(name))
  if (!['list', 'make', 'where'].includes(verb) || unknown !== undefined) {
    say(
      unknown === undefined
        ? 'usage: parts.ts list | make [name…] | where <name>'
        : `there is no part \`${unknown}\``,
    )
    return 2
  }
  for (const name of chosen) {
    const part = PARTS.get(name)
    if (part === undefined) continue
    if (verb === 'list')
      console.log(`${part.name} ${part.version} ${(await part.find(say)) ?? '(not there yet)'}`)
    else {
      const path = await ensurePart(part, say)
      if (verb === 'where') console.log(path)
      else say(`${name}: ${path}`)
    }
  }
  return 0
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { configurationCommand } from '../../apps/vendor/src/cli/configuration.ts'
import { type Block, readPage } from '../recipes/page.ts'
import type { Fault, Job, Recipe } from '../recipes/recipe.ts'
import { PAGES, pageOf, type Stage, startStage, stintYaml } from '../recipes/stage.ts'
import { RECIPES } from '../recipes/table.ts'
import { runCli } from '../support/cli.ts'
import type { ProgramEnd } from '../support/run-program.ts'
import { s3Caller } from '../support/s3.ts'

// docs/clients: what a page tells its reader to paste is pasted here, in the order of the page, into one job.

/** All pages, and all that can go wrong on each, is for `test:long`. */
const LONG = process.env['STINT_RECIPES'] === 'all'
/** A page starts several programs, some of which take seconds on an idle machine. */
const LIMIT_MS = 240_000
/** Pages that tell of no system: the command line, and the table of the client matrix. */
const OTHER_PAGES = ['cli.md', 'conformance.md']

let stage: Stage
beforeAll(async () => {
  stage = await startStage(RECIPES, { long: LONG })
})
afterAll(() => stage?.[Symbol.asyncDispose]())

async function runBlock({ text, use }: Block, recipe: Recipe, job: Job): Promise<ProgramEnd> {
  if (use.kind !== 'run') throw new Error('this block is not one to run')
  const here = stage.standIn(text, job)
  if (use.by === 'sh') return job.sh(here)
  const runner = recipe.runners[use.by]
  if (runner === undefined) throw new Error(`${recipe.page}: nothing is called ${use.by}`)
  return runner(here, job)
}

/** How many sessions this job got by this mapping, as the log has them. */
async function sessionsOf({ id }: Job, mapping: string): Promise<number> {
  const events = await stage.vendor.events(`type=assume.intent&mapping=${mapping}&limit=500`)
  return events.filter(({ event }) => event.type === 'assume.intent' && event.subject.jti === id).length
}

test('every page is of a system of the table, and the first one leads to it', async () => {
  const pages = (await readdir(PAGES)).filter((name) => !OTHER_PAGES.includes(name))
  expect(pages.toSorted()).toEqual(RECIPES.map(({ page }) => page).toSorted())
  const first = await readFile(join(PAGES, 'README.md'), 'utf8')
  for (const page of pages.filter((name) => name !== 'README.md')) expect(first).toContain(`](${page})`)
})

describe.each(RECIPES.map((recipe) => [recipe.page, recipe] as const))('%s says', (_page, recipe) => {
  test('of every block how it is run, or that it is not and why', async () => {
    const { blocks, errors, problems } = await pageOf(recipe)
    expect(problems).toEqual([])
    const run = blocks.filter(({ use }) => use.kind === 'run' || use.kind === 'prepare')
    expect(run.filter(({ long }) => long !== (recipe.long ?? false)).map(({ line }) => line)).toEqual([])
    expect(errors.length).toBe(recipe.faults.length)
  })

  test('what goes into stint.yaml: it is planned without a problem, and the lint warns of nothing', async () => {
    const files = { 'stint.yaml': stringify(await stintYaml([recipe])) }
    const planned = await runCli((io) => configurationCommand('plan', ['-f', 'stint.yaml'], io), {
      vendor: stage.vendor,
      files,
    })
    const found = planned.err.split('\n').filter((line) => line !== '' && !line.includes(' notice '))
    expect({ code: planned.code, found }).toEqual({ code: 0, found: [] })
  })
})

describe('a page is no recipe', () => {
  const rows = ['`one`', '`two`', '`three`'].map((text) => `| ${text} | why | what |`)
  const table = [
    '## When it does not work',
    '',
    '| what you see | why | what to do |',
    '|---|---|---|',
    ...rows,
  ]
  const pageWith = (blocks: readonly string[], end: readonly string[] = table) =>
    ['# A system', '', '```yaml plan', 'roles: {}', '```', '', ...blocks, '', ...end, ''].join('\n')
  const good = ['```sh run', 'true', '```']

  test.each([
    ['with a block that does not say how it is run', [...good, '```sh', 'false', '```'], undefined],
    ['with a word that nobody knows', [...good, '```sh skip', 'false', '```'], undefined],
    ['with two words', [...good, '```sh run not-run', 'false', '```'], undefined],
    ['with a file that leaves the folder', [...good, '```ini file=../x', 'a', '```'], undefined],
    ['that leaves a block out without a reason', [...good, '```sh not-run', 'false', '```'], undefined],
    [
      'that says of a block that is run that it is not',
      ['*Not executed: it needs a cluster.*', ...good],
      undefined,
    ],
    [
      'of which nothing is run',
      ['*Not executed: it needs a cluster.*', '```sh not-run', 'a', '```'],
      undefined,
    ],
    ['without what is seen when it does not work', good, table.slice(0, -1)],
  ])('%s', (_name, blocks, end) => {
    expect(readPage(pageWith(good)).problems).toEqual([])
    expect(readPage(pageWith(blocks, end)).problems.length).toBeGreaterThan(0)
  })
})

const RUN = RECIPES.filter(({ long = false }) => LONG || !long)

describe.each(RUN.map((recipe) => [recipe.page, recipe] as const))('%s', (_page, recipe) => {
  test.concurrent('every block that is run ends well, in a session of its mapping', {
    timeout: LIMIT_MS,
  }, async () => {
    const job = await stage.job(recipe)
    const root = s3Caller(stage.minio.endpoint, stage.minio.root)
    const { blocks } = await pageOf(recipe)
    for (const block of blocks) {
      if (block.use.kind === 'prepare') await job.sh(stage.standIn(block.text, job))
      if (block.use.kind !== 'run') continue
      const end = await runBlock(block, recipe, job)
      expect(end.code, `line ${block.line}: ${end.stderr}${end.stdout}`).toBe(0)
      expect(await sessionsOf(job, recipe.mapping), `line ${block.line}`).toBeGreaterThan(0)
    }
    for (const key of recipe.leaves) expect((await root('HEAD', `/${key}`)).status).toBe(200)
  })

  // The first of them is the likeliest; each costs a start of its program.
  const faults = recipe.faults.map((fault, at) => [fault.name, fault, at] as const)
  test.concurrent.each(faults.slice(0, LONG ? undefined : 1))(
    'with %s its reader sees what the page says',
    { timeout: LIMIT_MS },
    async (_name, fault, at) => {
      const { blocks, errors } = await pageOf(recipe)
      const block = blocks.find(({ use }) => use.kind === 'run')
      if (block === undefined) throw new Error('no block is run')
      const job = await stage.job(recipe, fault)
      for (const { use, text } of blocks) if (use.kind === 'prepare') await job.sh(stage.standIn(text, job))
      const end = await runBlock({ ...block, text: spoiled(block.text, fault) }, recipe, job)
      expect(end.code).not.toBe(0)
      expect(end.stdout + end.stderr).toContain(errors[at])
    },
  )
})

function spoiled(text: string, { replace }: Fault): string {
  if (replace === undefined) return text
  const [from, to] = replace
  if (!text.includes(from)) throw new Error(`the block has no ${from}`)
  return text.replace(from, to)
}

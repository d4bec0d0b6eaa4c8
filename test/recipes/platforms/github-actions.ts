import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { type ProgramEnd, runProgram } from '../../support/run-program.ts'
import type { Job, Runner } from '../recipe.ts'
import { type Mint, startMint } from './mint.ts'

const text = z.union([z.string(), z.number()]).transform(String)
const variables = z.record(z.string(), text)
const permissions = z.strictObject({ 'id-token': z.literal('write').optional(), contents: z.literal('read') })
const step = z.strictObject({
  name: z.string().optional(),
  uses: z.string().optional(),
  run: z.string().optional(),
  with: variables.optional(),
  env: variables.optional(),
})
/** As much of a workflow as our pages use; whatever else stands in one is a mistake of ours. */
const Workflow = z.strictObject({
  name: z.string(),
  on: z.unknown(),
  permissions,
  env: variables.optional(),
  jobs: z.record(
    z.string(),
    z.strictObject({ 'runs-on': z.string(), env: variables.optional(), steps: z.array(step) }),
  ),
})
type Step = z.infer<typeof step>

/**
 * The official action is on no registry that this repository uses: ours in its place makes the same calls. Whoever has its
 * bundle names it in STINT_GITHUB_ACTION (the path of its dist/index.js), and it is run instead.
 */
const ACTION =
  process.env['STINT_GITHUB_ACTION'] ?? join(import.meta.dirname, '../programs/configure-aws-credentials.mjs')

/** What a runner gives the action where a workflow is silent, as the `action.yml` of 6.2 has it. */
const DEFAULTS = { audience: 'sts.amazonaws.com' }

/** The steps of a workflow one after the other, as the runner of GitHub Actions has them. */
export const githubActions: Runner = async (workflow, job) => {
  const { jobs, env = {}, permissions: allowed } = Workflow.parse(parse(workflow))
  await using mint = await startMint(job)
  const exported = join(job.folder, 'github-env')
  await writeFile(exported, '')
  let end: ProgramEnd = { code: 0, stdout: '', stderr: '' }
  for (const one of Object.values(jobs)) {
    for (const next of one.steps) {
      const common = { ...platform(job), ...(allowed['id-token'] === 'write' ? idToken(mint) : {}) }
      const given = { ...env, ...one.env, ...next.env }
      const last = await runStep(next, job, {
        ...common,
        GITHUB_ENV: exported,
        ...exportedBy(await readFile(exported, 'utf8')),
        ...mapValues(given, expand),
      })
      end = { code: last.code, stdout: end.stdout + last.stdout, stderr: end.stderr + last.stderr }
      if (end.code !== 0) return end
    }
  }
  return end
}

async function runStep(next: Step, job: Job, env: Readonly<Record<string, string>>): Promise<ProgramEnd> {
  if (next.run !== undefined) return job.sh(expand(next.run), env)
  if (next.uses?.startsWith('aws-actions/configure-aws-credentials@') !== true)
    throw new Error(`nothing here runs the step ${JSON.stringify(next)}`)
  const inputs = Object.entries({ ...DEFAULTS, ...next.with }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    expand(value),
  ])
  return runProgram([process.execPath, ACTION], {
    cwd: job.folder,
    env: { ...job.env, ...env, ...Object.fromEntries(inputs) },
  })
}

const platform = ({ folder }: Job) => ({
  CI: 'true',
  GITHUB_ACTIONS: 'true',
  GITHUB_WORKSPACE: folder,
  GITHUB_REPOSITORY: 'acme/app',
  GITHUB_WORKFLOW: 'build',
  GITHUB_ACTION: 'configure',
  GITHUB_ACTOR: 'jo',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_REF: 'refs/heads/main',
  GITHUB_RUN_ID: RUN_ID,
})
const RUN_ID = '1234567890'

const idToken = ({ url, bearer }: Mint) => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: url,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
})

/** `${{ … }}`: what our pages ask of the runner. */
function expand(value: string): string {
  const filled = value.replaceAll(/\$\{\{ github\.run_id \}\}/g, RUN_ID)
  if (/\$\{\{/.test(filled)) throw new Error(`the runner here does not know ${filled}`)
  return filled
}

/** `NAME<<DELIMITER`, the value, the delimiter; or `NAME=value`: what a step leaves to those after it. */
function exportedBy(file: string): Readonly<Record<string, string>> {
  const heredoc = /^(\w+)<<(\S+)\n([\s\S]*?)\n\2$/gm
  const long = [...file.matchAll(heredoc)].map((m) => [m[1], m[3]])
  const short = [...file.replaceAll(heredoc, '').matchAll(/^(\w+)=(.*)$/gm)].map((m) => [m[1], m[2]])
  return Object.fromEntries([...long, ...short])
}

function mapValues(
  of: Readonly<Record<string, string>>,
  map: (value: string) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, map(value)]))
}

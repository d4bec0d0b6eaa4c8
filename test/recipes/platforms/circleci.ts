import { parse } from 'yaml'
import { z } from 'zod'
import type { Runner } from '../recipe.ts'
import { startMint } from './mint.ts'

const run = z.union([z.string(), z.strictObject({ name: z.string(), command: z.string() })])
/** As much of a configuration as our pages use; whatever else stands in one is a mistake of ours. */
const Configuration = z.strictObject({
  version: z.literal(2.1),
  jobs: z.record(
    z.string(),
    z.strictObject({
      docker: z.array(z.strictObject({ image: z.string() })),
      environment: z.record(z.string(), z.string()).default({}),
      steps: z.array(z.union([z.literal('checkout'), z.strictObject({ run })])),
    }),
  ),
  workflows: z.record(z.string(), z.strictObject({ jobs: z.array(z.string()) })),
})

const PLATFORM = {
  CI: 'true',
  CIRCLECI: 'true',
  CIRCLE_BUILD_NUM: '7',
  CIRCLE_WORKFLOW_JOB_ID: '01234567-89ab-cdef-0123-456789abcdef',
}

/** The steps of the one job; `environment` is taken as it is written, and BASH_ENV is read before each step. */
export const circleci: Runner = async (configuration, job) => {
  const { jobs, workflows } = Configuration.parse(parse(configuration))
  const [named, ...more] = Object.values(workflows).flatMap((workflow) => workflow.jobs)
  const only = jobs[named ?? '']
  if (only === undefined || more.length > 0) throw new Error('a page has one job, and its workflow names it')
  await using mint = await startMint(job)
  const commands = only.steps.flatMap((step) => {
    if (step === 'checkout') return []
    return typeof step.run === 'string' ? [step.run] : [step.run.command]
  })
  const steps = commands.map((command) => `(\n[ ! -e "$BASH_ENV" ] || . "$BASH_ENV"\n${command}\n)`)
  return await job.sh(steps.join('\n'), {
    ...PLATFORM,
    ...only.environment,
    BASH_ENV: `${job.folder}/bash-env`,
    // What our small `circleci` and the mint say to each other; the real one has variables of its own for that.
    TEST_MINT_URL: mint.url,
    TEST_MINT_BEARER: mint.bearer,
  })
}

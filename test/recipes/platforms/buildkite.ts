import { parse } from 'yaml'
import { z } from 'zod'
import type { Runner } from '../recipe.ts'
import { startMint } from './mint.ts'

/** As much of a pipeline as our pages use; whatever else stands in one is a mistake of ours. */
const Pipeline = z.strictObject({
  steps: z.tuple([
    z.strictObject({
      label: z.string(),
      key: z.string().optional(),
      branches: z.string().optional(),
      env: z.record(z.string(), z.string()).default({}),
      command: z.string(),
    }),
  ]),
})

const PLATFORM = {
  CI: 'true',
  BUILDKITE: 'true',
  BUILDKITE_BRANCH: 'main',
  BUILDKITE_BUILD_NUMBER: '7',
}
/** Of the job, and so not there when the pipeline is uploaded. */
const JOB = { BUILDKITE_JOB_ID: '01234567-89ab-cdef-0123-456789abcdef' }

/** Uploads a pipeline, which fills in its variables, and runs the command of its step with `buildkite-agent` at hand. */
export const buildkite: Runner = async (pipeline, job) => {
  const { steps } = Pipeline.parse(parse(uploaded(pipeline)))
  await using mint = await startMint(job)
  const [{ command, env }] = steps
  // What our small agent and the mint say to each other; the real agent has variables of its own for that.
  const agent = { TEST_MINT_URL: mint.url, TEST_MINT_BEARER: mint.bearer }
  return await job.sh(command, { ...PLATFORM, ...JOB, ...env, ...agent })
}

/** `buildkite-agent pipeline upload`: `$NAME` is filled in at once, and is empty where it is unknown; `$$` is a `$` of the job. */
function uploaded(pipeline: string): string {
  const known: Readonly<Record<string, string>> = PLATFORM
  return pipeline.replaceAll(/\$\$|\\\$|\$\{?(\w+)\}?/g, (_all, name?: string) =>
    name === undefined ? '$' : (known[name] ?? ''),
  )
}

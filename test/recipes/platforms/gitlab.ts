import { parse } from 'yaml'
import { z } from 'zod'
import type { Job, Runner } from '../recipe.ts'

const text = z.union([z.string(), z.number()]).transform(String)
/** As much of a job as our pages use; whatever else stands in one is a mistake of ours. */
const Pipeline = z.record(
  z.string(),
  z.strictObject({
    image: z.string().optional(),
    id_tokens: z.record(z.string(), z.strictObject({ aud: z.string() })).default({}),
    variables: z.record(z.string(), text).default({}),
    rules: z.array(z.strictObject({ if: z.string() })).optional(),
    script: z.array(z.string()),
  }),
)

/** The jobs of a `.gitlab-ci.yml` one after the other: ID tokens, variables within variables, and the script as one shell. */
export const gitlab: Runner = async (pipeline, job) => {
  const scripts = Object.values(Pipeline.parse(parse(pipeline))).map((one) => {
    const tokens = Object.entries(one.id_tokens).map(([name, { aud }]) => [name, job.token(aud)])
    const known = { ...platform(job), ...Object.fromEntries(tokens) }
    const variables = Object.entries(one.variables).map(([name, value]) => [name, expand(value, known)])
    return { script: one.script.join('\n'), env: { ...known, ...Object.fromEntries(variables) } }
  })
  const [only, ...more] = scripts
  if (only === undefined || more.length > 0) throw new Error('a page has one job')
  return job.sh(only.script, only.env)
}

const platform = ({ folder }: Job) => ({
  CI: 'true',
  GITLAB_CI: 'true',
  CI_PROJECT_DIR: folder,
  CI_JOB_ID: '101',
})

/** `$NAME` and `${NAME}`; one that is not set is left as it is, as the runner leaves it. */
function expand(value: string, known: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{?(\w+)\}?/g, (all, name: string) => known[name] ?? all)
}

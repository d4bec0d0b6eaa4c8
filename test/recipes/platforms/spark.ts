import type { Runner } from '../recipe.ts'

/**
 * spark-defaults.conf without Spark: what stands below `spark.hadoop.` are settings of S3A, and `spark.executorEnv.` is the
 * environment of an executor.
 */
export const properties: Runner = (text, job) => {
  const pairs = text
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+/) as [string, string]) // two columns, or the command below fails
  const below = (prefix: string) =>
    pairs.flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
    )
  const [settings, env] = [below('spark.hadoop.'), below('spark.executorEnv.')]
  if (settings.length + env.length !== pairs.length) throw new Error(`a setting is of neither kind: ${text}`)
  const options = settings.map(([name, value]) => `-D '${name}=${value}'`).join(' ')
  return job.sh(`hadoop fs ${options} -ls s3a://artifacts/acme/lake/in`, Object.fromEntries(env))
}

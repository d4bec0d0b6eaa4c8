import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { runProgram } from '../../support/run-program.ts'
import type { Runner } from '../recipe.ts'

const projected = z.strictObject({
  name: z.string(),
  projected: z.strictObject({
    sources: z.tuple([
      z.strictObject({
        serviceAccountToken: z.strictObject({
          audience: z.string(),
          path: z.string(),
          expirationSeconds: z.number().min(600),
        }),
      }),
    ]),
  }),
})
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  volumeMounts: z.array(
    z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.literal(true) }),
  ),
})
/** As much of a Pod as our pages use; whatever else stands in one is a mistake of ours. */
const Pod = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Pod'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
  spec: z.strictObject({
    serviceAccountName: z.string(),
    automountServiceAccountToken: z.literal(false),
    restartPolicy: z.literal('Never'),
    containers: z.tuple([container]),
    volumes: z.tuple([projected]),
  }),
})

/** The command of a pod's container, with its environment, and the token where the kubelet would project it. */
export const kubernetes: Runner = async (manifest, job) => {
  const [document, ...more] = parseAllDocuments(manifest)
  if (document === undefined || 'empty' in document || more.length > 0) throw new Error('a page has one pod')
  const { spec } = Pod.parse(document.toJS())
  const [{ command, env, volumeMounts }] = spec.containers
  const [volume] = spec.volumes
  const [{ serviceAccountToken: wanted }] = volume.projected.sources
  const mount = volumeMounts.find(({ name }) => name === volume.name)
  if (mount === undefined) throw new Error(`no volume mount is called ${volume.name}`)
  // The container's root is the folder of the job: what names the mounted file finds it there.
  const path = join(mount.mountPath, wanted.path)
  const file = join(job.folder, path)
  await mkdir(dirname(file), { recursive: true })
  // The kubelet writes no newline.
  await writeFile(file, job.token(wanted.audience))
  const inside = Object.fromEntries(env.map(({ name, value }) => [name, value === path ? file : value]))
  const [program = '', ...args] = command
  return runProgram([program, ...args], { cwd: job.folder, env: { ...job.env, ...inside } })
}

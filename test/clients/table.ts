import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { partPath } from '../../scripts/parts/part-path.ts'
import { PARTS } from '../../scripts/parts/table.ts'
import { type RunningProcess, startProcess } from '../support/process.ts'
import { type Client, type Said, saidAsJson, type Use } from './client.ts'

const here = (path: string) => join(import.meta.dirname, path)
const npmVersion = (name: string): string =>
  createRequire(import.meta.url)(here(`../../node_modules/${name}/package.json`)).version
/** What a program is for, without the digest of our own sources behind it. */
const partVersion = (name: string): string =>
  PARTS.find((part) => part.name === name)?.version.replace(/-[0-9a-f]{12}$/, '') ?? ''
const part = (name: string) => partPath(name, (line) => console.error(line))

/** Runs a program of ours that takes a bucket and a key and says JSON. */
async function say(command: string, args: readonly string[], { bucket, key, env }: Use): Promise<Said> {
  const running = await startProcess({ name: command, command, args: [...args, bucket, key], env })
  return saidAsJson(running)
}

/** Every program and library that the conformance table names. */
export const CLIENTS: readonly Client[] = [
  {
    name: 'AWS SDK for JavaScript v3',
    version: npmVersion('@aws-sdk/client-s3'),
    doors: ['sts', 'container', 'process'],
    use: (use) => say(process.execPath, [here('js/use-aws-sdk.mjs')], use),
  },
  {
    name: 'boto3',
    version: partVersion('python-aws'),
    doors: ['sts', 'container', 'process'],
    use: async (use) => say(await part('python-aws'), [here('python/use_boto3.py')], use),
  },
  {
    name: 'AWS CLI v1',
    version: '1.46.3',
    doors: ['sts', 'container', 'process'],
    use: useAwsCli,
  },
  {
    name: 'AWS SDK for Go v2',
    version: partVersion('aws-sdk-go-v2'),
    doors: ['sts', 'container', 'process'],
    use: async (use) => say(await part('aws-sdk-go-v2'), [], use),
  },
  {
    name: 'AWS SDK for Java v2',
    version: partVersion('aws-sdk-java-v2'),
    doors: ['sts', 'container', 'process'],
    differs: {
      'container: newline': { shows: 'ok ×1', why: 'takes the newline off' },
      'container: throttled': { shows: 'refused ×1', why: 'asks again after 5xx only' },
    },
    use: async (use) => say(await part('aws-sdk-java-v2'), [], use),
  },
  {
    name: 'minio-go',
    version: partVersion('minio-go'),
    doors: ['sts', 'container'],
    differs: {
      'sts: throttled': { shows: 'Throttling + id ×1', why: 'asks once' },
      'container: throttled': { shows: 'refused ×1', why: 'asks once' },
    },
    use: async (use) => say(await part('minio-go'), [], use),
  },
  {
    name: 'minio-js',
    version: npmVersion('minio'),
    doors: ['container'],
    differs: { 'container: throttled': { shows: 'Error + id ×1', why: 'asks once' } },
    use: (use) => say(process.execPath, [here('js/use-minio.mjs')], use),
  },
  { name: 'rclone', version: partVersion('rclone'), doors: ['sts', 'container', 'process'], use: useRclone },
  {
    name: 'DuckDB',
    version: partVersion('python-duckdb'),
    // Its own web-identity provider asks amazonaws.com, whatever AWS_ENDPOINT_URL_STS says: the door saw no request.
    doors: ['process'],
    differs: {
      'process: throttled': { shows: 'Error ×2', why: 'does not wait as long as the door says' },
    },
    use: async (use) => say(await part('python-duckdb'), [here('python/use_duckdb.py')], use),
  },
]

/** Each call is a process of its own, as in a CI job. */
async function useAwsCli(use: Use): Promise<Said> {
  const python = await part('python-aws')
  const [sent, received] = [join(use.folder, 'sent'), join(use.folder, 'received')]
  await writeFile(sent, 'written by the AWS CLI')
  const where = ['--bucket', use.bucket, '--key', use.key]
  return inTurn(
    use,
    [
      [python, ['-m', 'awscli', 's3api', 'put-object', ...where, '--body', sent]],
      [python, ['-m', 'awscli', 's3api', 'get-object', ...where, received]],
    ],
    () => readFile(received, 'utf8'),
  )
}

async function useRclone(use: Use): Promise<Said> {
  const rclone = await part('rclone')
  const [sent, received] = [join(use.folder, 'sent'), join(use.folder, 'received')]
  await writeFile(sent, 'written by rclone')
  const remote = `:s3,provider=Minio,env_auth,force_path_style,no_check_bucket:${use.bucket}/${use.key}`
  const options = [
    '--retries',
    '1',
    '--low-level-retries',
    '1',
    '--s3-endpoint',
    use.env['AWS_ENDPOINT_URL_S3'] ?? '',
  ]
  return inTurn(
    use,
    [
      [rclone, ['copyto', ...options, sent, remote]],
      [rclone, ['copyto', ...options, remote, received]],
    ],
    () => readFile(received, 'utf8'),
  )
}

type Command = readonly [command: string, args: readonly string[]]

/** Commands one after the other, as often as asked; the first that fails is what the user sees. */
async function inTurn(use: Use, commands: readonly Command[], read: () => Promise<string>): Promise<Said> {
  const times = Number(use.env['CLIENT_REPEAT'] ?? 1)
  for (let i = 0; i < times; i++) {
    for (const [command, args] of commands) {
      const running: RunningProcess = await startProcess({ name: command, command, args, env: use.env })
      const { code } = await running.exited
      if (code !== 0)
        return { ok: false, text: '', code: codeIn(running.output()), message: running.output() }
    }
  }
  return { ok: true, text: await read(), code: '', message: '' }
}

/** `An error occurred (AccessDenied) when …` of botocore, `api error AccessDenied: …` of the SDK for Go. */
function codeIn(output: string): string {
  return /An error occurred \((\w+)\)/.exec(output)?.[1] ?? /api error (\w+):/.exec(output)?.[1] ?? ''
}

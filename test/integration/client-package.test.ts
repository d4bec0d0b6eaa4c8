import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildClient, CLIENT_PACKAGE } from '../../scripts/build/client.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { runProgram } from '../support/run-program.ts'
import { grant, ROLE_ARN, startEndpoint } from '../support/token-endpoint.ts'

// The package as it would be published: built, packed, unpacked into a project that has nothing else.

const run = promisify(execFile)
const ROOT = join(import.meta.dirname, '../..')
let root = ''
let project = ''
let packed = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'stint-package-'))
  await buildClient()
  packed = join(root, 'client.tgz')
  await run('npx', ['-y', 'pnpm@12', 'pack', '--out', packed], { cwd: CLIENT_PACKAGE })
  project = join(root, 'project')
  const installed = join(project, 'node_modules/@stint/sts-client')
  await mkdir(installed, { recursive: true })
  await run('tar', ['-xzf', packed, '-C', installed, '--strip-components=1'])
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
})
afterAll(() => rm(root, { recursive: true }))

const installed = () => join(project, 'node_modules/@stint/sts-client')

test('publint finds nothing', async () => {
  const { publint } = await import('publint')
  const { messages } = await publint({ pkgDir: installed(), strict: true, pack: false })
  expect(messages).toEqual([])
})

test('holds the built modules, their declarations, the helper, the licence and the README, and no source or test', async () => {
  const files = (await readdir(installed(), { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name).slice(installed().length + 1))
  expect(files.filter((name) => !name.startsWith('dist/')).toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'package.json',
  ])
  expect(files.filter((name) => !/\.(js|cjs|d\.ts)$/.test(name) && name.startsWith('dist/'))).toEqual([])
  expect(files.filter((name) => name.includes('.test.'))).toEqual([])
  const manifest = JSON.parse(await readFile(join(installed(), 'package.json'), 'utf8'))
  expect(manifest.private).toBeUndefined()
  expect(manifest.dependencies).toBeUndefined()
  const targets = [
    ...Object.values<string>(manifest.bin),
    ...Object.values<string | { types: string; default: string }>(manifest.exports).flatMap((one) =>
      typeof one === 'string' ? [one] : [one.types, one.default],
    ),
  ].map((path) => path.replace(/^\.\//, ''))
  expect(targets.filter((path) => !files.includes(path))).toEqual([])
})

const CONSUMER = `
import { credentialProvider, exchangeToken, StsClientError, type ExchangeResult, type StsClientErrorCode } from '@stint/sts-client'
import { TOKEN_PATH } from '@stint/sts-client/wire'
import { chain, githubActionsToken, tokenEnv, type ClientIo } from '@stint/sts-client/node'

const server: string = process.argv[2] ?? ''
const subjectToken = chain(githubActionsToken({ audience: server, env: process.env }), tokenEnv('TOKEN', process.env))
const provider = credentialProvider({ server, role: '${ROLE_ARN}', subjectToken })
const { accessKeyId, expiration } = await provider()
const end: Date = expiration
const result: ExchangeResult = await exchangeToken({ server, role: { account: '000000000000', name: 'app' }, subjectToken: await subjectToken() })
const code: StsClientErrorCode = await exchangeToken({ server: 'ftp://x', subjectToken: 'a' }).then(
  () => 'refused' as const,
  (error: unknown) => (error instanceof StsClientError ? error.code : 'refused'),
)
const io: Partial<ClientIo> = {}
console.log(JSON.stringify([accessKeyId, end > new Date(), result.role, code, TOKEN_PATH, Object.keys(io)]))
`

test('a TypeScript project is checked strictly against it, and runs on plain Node 22 and 26', async () => {
  await writeFile(join(project, 'consumer.ts'), CONSUMER)
  const options = {
    module: 'nodenext',
    target: 'es2024',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    typeRoots: ['./types'],
  }
  await writeFile(
    join(project, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: options, files: ['consumer.ts'] }),
  )
  // What such a project has besides: the types of Node, and nothing of our workspace.
  await mkdir(join(project, 'types'), { recursive: true })
  await symlink(join(ROOT, 'node_modules/@types/node'), join(project, 'types/node'))
  const checked = await run(join(ROOT, 'node_modules/.bin/tsc'), ['-p', project], { cwd: project }).catch(
    (error: unknown) => (error instanceof Error && 'stdout' in error ? error : Promise.reject(error)),
  )
  expect(checked.stdout).toBe('')
  await using endpoint = await startEndpoint(() => grant())
  for (const name of ['node22', 'node26']) {
    const node = await partPath(name, console.error)
    const { code, stdout, stderr } = await runProgram([node, '--no-warnings', 'consumer.ts', endpoint.url], {
      env: { TOKEN: 'a.b.c' },
      cwd: project,
    })
    expect({ name, code, stderr }).toEqual({ name, code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toEqual(['AKID0', true, ROLE_ARN, 'options_invalid', '/v1/token', []])
  }
})

test.each(['node22', 'node26'])('its programs run on plain %s', async (name) => {
  const node = await partPath(name, console.error)
  await using endpoint = await startEndpoint((_request, serial) => grant({ serial }))
  const env = { HOME: root, STINT_TOKEN: 'a.b.c', STINT_SERVER: endpoint.url, STINT_ROLE: ROLE_ARN }
  const { bin } = JSON.parse(await readFile(join(installed(), 'package.json'), 'utf8'))
  const program = (command: string, ...argv: string[]) =>
    runProgram([node, join(installed(), bin[command]), ...argv], { env, cwd: project })
  const keyOf = ({ stdout }: { readonly stdout: string }): unknown => JSON.parse(stdout).AccessKeyId
  const first = await program('stint-credential-process', '--cache-dir', join(root, name))
  expect({ code: first.code, stderr: first.stderr, key: keyOf(first) }).toEqual({
    code: 0,
    stderr: '',
    key: 'AKID0',
  })
  // The same, in the whole stint, from the same cache.
  expect(keyOf(await program('stint', 'credential-process', '--cache-dir', join(root, name)))).toBe('AKID0')
  expect(JSON.parse((await program('stint', 'exchange')).stdout).access_key_id).toBe('AKID1')
  expect((await program('stint', 'env')).stdout).toContain("export AWS_ACCESS_KEY_ID='AKID2'")
  expect(await program('stint', '--help')).toMatchObject({ code: 0 })
  expect(await program('stint', 'serve')).toMatchObject({ code: 2, stdout: '' })
})

test('without openid-client the entry of providers says what is missing, and so does the command', async () => {
  const node = await partPath('node22', console.error)
  const env = { HOME: root, STINT_SERVER: 'https://s', STINT_CLIENT_SECRET: 's' }
  const argv = ['exchange', '--client-credentials', 'https://idp', '--client-id', 'c']
  const stint = join(installed(), 'dist/node/main.js')
  const { code, stderr } = await runProgram([node, stint, ...argv], { env, cwd: project })
  expect(code).toBe(2)
  expect(stderr).toMatch(/^stint exchange: openid_client_missing: [^\n]+npm install openid-client\n$/)
})

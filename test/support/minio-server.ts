import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGuard } from './guard.ts'
import { freePort } from './ports.ts'
import { answersOk, type ProcessEnd, type RunningProcess, startProcess } from './process.ts'
import type { AwsCredentials } from './sigv4.ts'

export type MinioOpenId = {
  readonly configUrl: string
  readonly clientId: string
  readonly clientSecret: string
  /** Name of the base policy; it may be added after the start (MinIO only warns). */
  readonly rolePolicy: string
}

export type MinioOptions = {
  readonly openid?: MinioOpenId
  /** Kept on stop when given; else a temporary folder, removed on stop. */
  readonly dataDir?: string
  readonly port?: number
  /** Over the environment that we make for it. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * `iam` waits until it takes credentials (its issuer must answer), `live` only until it listens: for an issuer
   * that is down or comes later.
   */
  readonly waitFor?: 'iam' | 'live'
  readonly readyTimeoutMs?: number
}

export type RunningMinio = AsyncDisposable & {
  readonly endpoint: string
  readonly port: number
  readonly dataDir: string
  readonly rootUser: string
  readonly rootPassword: string
  readonly root: AwsCredentials
  /** Of the process that runs now; changes with `restart()`. */
  readonly pid: number
  /** The last 64 KB that it printed. */
  output(): string
  /** Ends the process and leaves data and port: `restart()` brings it back. */
  kill(signal?: NodeJS.Signals): Promise<ProcessEnd>
  /** Same data, port and root user; ends the process first where it runs. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Starts this MinIO program on 127.0.0.1 with one drive. Tests and the demo take `startMinio` of minio.ts. */
export async function launchMinio(program: string, options: MinioOptions = {}): Promise<RunningMinio> {
  const guard = await startGuard()
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'stint-minio-')))
  if (options.dataDir === undefined) guard.folder(dataDir)
  const rootUser = 'stint-test-root'
  const rootPassword = randomBytes(24).toString('base64url')
  const launch = (port: number) =>
    startProcess({
      name: 'MinIO',
      command: program,
      args: ['server', dataDir, '--address', `127.0.0.1:${port}`],
      env: { ...minioEnvironment(rootUser, rootPassword, options.openid), ...options.env },
      ready: answersOk(
        `http://127.0.0.1:${port}/minio/health/${options.waitFor === 'live' ? 'live' : 'cluster'}`,
      ),
      readyTimeoutMs: options.readyTimeoutMs ?? 30_000,
      guard,
    })
  const cleanUp = async () => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    await guard.release()
  }
  const first = await launchOnFreePort(launch, options.port).catch(async (error: unknown) => {
    await cleanUp()
    throw error
  })
  let server = first.server
  const stop = async () => {
    await server.stop()
    await cleanUp()
  }
  return {
    endpoint: `http://127.0.0.1:${first.port}`,
    port: first.port,
    dataDir,
    rootUser,
    rootPassword,
    root: { accessKeyId: rootUser, secretAccessKey: rootPassword },
    get pid() {
      return server.pid
    },
    output: () => server.output(),
    kill: (signal = 'SIGKILL') => server.kill(signal),
    async restart() {
      await server.stop()
      server = await launch(first.port)
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** Another process may take a free port before MinIO does: three tries, where the caller named none. */
async function launchOnFreePort(
  launch: (port: number) => Promise<RunningProcess>,
  wanted: number | undefined,
) {
  for (let attempt = 1; ; attempt += 1) {
    const port = wanted ?? (await freePort())
    try {
      return { port, server: await launch(port) }
    } catch (error) {
      const taken =
        error instanceof Error && /address already in use|port is already in use/i.test(error.message)
      if (!taken || wanted !== undefined || attempt === 3) throw error
    }
  }
}

/** Only what MinIO needs: no variable of the caller's own MinIO, proxy or cloud may reach it. */
function minioEnvironment(rootUser: string, rootPassword: string, openid: MinioOpenId | undefined) {
  const base = {
    PATH: process.env['PATH'],
    HOME: tmpdir(),
    MINIO_ROOT_USER: rootUser,
    MINIO_ROOT_PASSWORD: rootPassword,
    MINIO_BROWSER: 'off',
    MINIO_CI_CD: '1',
    MINIO_UPDATE: 'off',
  }
  if (!openid) return base
  return {
    ...base,
    MINIO_IDENTITY_OPENID_CONFIG_URL: openid.configUrl,
    MINIO_IDENTITY_OPENID_CLIENT_ID: openid.clientId,
    MINIO_IDENTITY_OPENID_CLIENT_SECRET: openid.clientSecret,
    MINIO_IDENTITY_OPENID_ROLE_POLICY: openid.rolePolicy,
  }
}

/** The role ARN of a provider with a role policy: MinIO derives it from the client id alone. */
export function minioRoleArn(clientId: string): string {
  return `arn:minio:iam:::role/${createHash('sha1').update(clientId).digest('base64url')}`
}

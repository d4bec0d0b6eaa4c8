import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { startGuard } from './guard.ts'
import { freePort } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import type { AwsCredentials } from './sigv4.ts'

/** A real Ceph object gateway with a monitor and one store in memory. */
export type RunningRadosgw = AsyncDisposable & {
  readonly endpoint: string
  /** May write roles, identity providers and policies of its account, and owns the buckets. */
  readonly admin: AwsCredentials
  /** What the gateway logged: why it refused a token stands only here. */
  output(): string
  /** Ends the gateway alone and starts it again: what it kept in memory is gone. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts the radosgw at this path, and the `ceph-mon`, `ceph-osd` and tools beside it, on 127.0.0.1. Nothing of it
 * outlives `stop()` or this process.
 */
export async function launchRadosgw(program: string): Promise<RunningRadosgw> {
  const guard = await startGuard()
  const folder = await mkdtemp(join(tmpdir(), 'stint-rgw-'))
  guard.folder(folder)
  const stops: (() => Promise<unknown>)[] = []
  // The gateway and the store first: a store without its monitor must be killed.
  const stop = async () => {
    for (const end of stops.toReversed()) await end()
    await rm(folder, { recursive: true, force: true })
    await guard.release()
  }
  try {
    return await start({ bin: dirname(program), folder, stops, stop })
  } catch (error) {
    await stop()
    throw error
  }
}

type Launch = {
  readonly bin: string
  readonly folder: string
  readonly stops: (() => Promise<unknown>)[]
  readonly stop: () => Promise<void>
}

async function start({ bin, folder, stops, stop }: Launch): Promise<RunningRadosgw> {
  const [monPort, port] = [await freePort(), await freePort()]
  const fsid = randomUUID()
  const conf = join(folder, 'ceph.conf')
  for (const name of ['mon', 'osd', 'run']) await mkdir(join(folder, name))
  await writeFile(conf, configuration({ folder, fsid, monPort, port }))
  const env = { PATH: process.env['PATH'], HOME: folder }
  const once = async (name: string, args: readonly string[]) => {
    await using one = await startProcess({ name, command: join(bin, name), args, env })
    const { code } = await one.exited
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${one.output().slice(-1_000)}`)
    return one.output()
  }
  const [monmap, osdmap] = [join(folder, 'monmap'), join(folder, 'osdmap')]
  const address = `v1:127.0.0.1:${monPort}`
  await once('monmaptool', ['--create', '--addv', 'a', address, '--fsid', fsid, monmap])
  await once('osdmaptool', ['-c', conf, '--createsimple', '1', osdmap])
  await once('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap, '--osdmap', osdmap])
  const daemon = (name: string, args: readonly string[], ready?: () => Promise<boolean>) =>
    startProcess({
      name,
      command: join(bin, name),
      args: ['-c', conf, ...args, '-f'],
      env,
      ...(ready === undefined ? {} : { ready }),
    })
  const mon = await daemon('ceph-mon', ['-i', 'a'])
  stops.push(() => mon.stop())
  await once('ceph-osd', ['-c', conf, '-i', '0', '--mkfs', '--osd-uuid', randomUUID()])
  const osd = await daemon('ceph-osd', ['-i', '0'])
  stops.push(() => osd.stop())
  const endpoint = `http://127.0.0.1:${port}`
  const gateway = () =>
    daemon('radosgw', ['-n', 'client.rgw.a'], async () => (await fetch(endpoint)).status === 200)
  let rgw: RunningProcess = await gateway()
  stops.push(() => rgw.stop())
  const admin = { accessKeyId: 'STINTADMIN0000000001', secretAccessKey: randomBytes(24).toString('hex') }
  await once('radosgw-admin', [
    ...['-c', conf, '-n', 'client.rgw.a', 'user', 'create', '--uid=stint-admin', '--display-name=admin'],
    ...[`--access-key=${admin.accessKeyId}`, `--secret=${admin.secretAccessKey}`],
    '--caps=roles=*;oidc-provider=*;user-policy=*',
  ])
  return {
    endpoint,
    admin,
    output: () => rgw.output(),
    async restart() {
      await rgw.stop()
      rgw = await gateway()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** One of everything, nothing on disk, no authentication inside; and a monitor that does not wait for company. */
function configuration(of: {
  readonly folder: string
  readonly fsid: string
  readonly monPort: number
  readonly port: number
}): string {
  const { folder, fsid, monPort, port } = of
  return `[global]
fsid = ${fsid}
mon host = v1:127.0.0.1:${monPort}
public addr = 127.0.0.1
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
run dir = ${folder}/run
admin socket = ${folder}/run/$name.$pid.asok
pid file = ${folder}/run/$name.pid
log file = ${folder}/$name.log
[mon]
mon data = ${folder}/mon
paxos propose interval = 0.05
paxos min wait = 0.01
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
osd class update on start = false
osd crush update on start = false
memstore device bytes = 536870912
[client.rgw.a]
log to stderr = true
err to stderr = true
debug rgw = 10
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw sts key = ${randomBytes(8).toString('hex')}
rgw s3 auth use sts = true
`
}

import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type NodeNeeded, nodeNeeded } from '../rules/engines.ts'
import { writeArchive } from './archive.ts'
import { bundle } from './bundle.ts'
import { billOfMaterials, noticeOf, packagesOf } from './packages.ts'

export type Build = {
  readonly root: string
  /** Where the folder and the archive go; what an earlier build left there is replaced. */
  readonly out: string
  readonly commit: string
  /** The time that every file in the archive has. */
  readonly atSeconds: number
  readonly log: (line: string) => void
}
export type Built = { readonly folder: string; readonly archive: string; readonly sha256: string }

/** N-API binaries: one serves every Node from 22 on. The service runs on Linux; both of its C libraries are here. */
const NATIVE = ['linux-x64', 'linux-arm64', 'linuxmusl-x64', 'linuxmusl-arm64']

const launcher = ({ major, minor, words }: NodeNeeded) => `#!/usr/bin/env node
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < ${major} || (major === ${major} && minor < ${minor})) {
  process.stderr.write(\`stint: ${words} is needed; this is \${process.version}\\n\`)
  process.exit(1)
}
await import('../lib/stint.mjs')
`

const readme = (version: string, commit: string, needed: string) => `Stint ${version} (commit ${commit})

  bin/stint.mjs        the command: \`node bin/stint.mjs serve\`, \`… --help\`
  share/deploy.md      how to run it: proxy, keys, sizes, backup, upgrades
  share/stint.service  a systemd unit
  share/stint.env      the settings
  share/openapi.json   the admin API; share/stint.schema.json: stint.yaml
  LICENSE NOTICE sbom.cdx.json

It needs ${needed} and nothing else. Linux, x64 or arm64, glibc or musl.
`

/** Builds the program. The same sources and the same lockfile make the same bytes. */
export async function buildProgram(build: Build): Promise<Built> {
  const { root, out, commit, log } = build
  const { version } = JSON.parse(await readFile(join(root, 'apps/vendor/package.json'), 'utf8'))
  const node = nodeNeeded(root)
  const name = `stint-${version}`
  const folder = join(out, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'bin'), { recursive: true })

  const modules = await bundle({ root, folder: join(folder, 'lib'), version, commit })
  log(`bundled ${modules.length} modules`)
  const native = await copyNative(root, folder)
  const packages = await packagesOf([...modules, native])
  log(`${packages.length} packages of others are in it`)

  await writeFile(join(folder, 'bin/stint.mjs'), launcher(node))
  await chmod(join(folder, 'bin/stint.mjs'), 0o755)
  await writeFile(join(folder, 'README'), readme(version, commit, node.words))
  await writeFile(join(folder, 'NOTICE'), await noticeOf(packages))
  await writeFile(join(folder, 'sbom.cdx.json'), billOfMaterials({ version, commit, packages }))
  await writeFile(join(folder, 'package.json'), manifest(version, node.range))
  await copyDocuments(root, folder)
  const archive = join(out, `${name}.tar.gz`)
  await writeArchive({ out, name, archive, atSeconds: build.atSeconds })
  const sha256 = createHash('sha256')
    .update(await readFile(archive))
    .digest('hex')
  await writeFile(`${archive}.sha256`, `${sha256}  ${name}.tar.gz\n`)
  return { folder, archive, sha256 }
}

function manifest(version: string, range: string): string {
  const content = {
    name: 'stint',
    version,
    private: true,
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: range },
    bin: { stint: './bin/stint.mjs' },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

/** better-sqlite3 as it is, because it looks for its binary beside itself; its C sources stay behind. */
async function copyNative(root: string, folder: string): Promise<string> {
  const from = join(root, 'node_modules/better-sqlite3')
  const to = join(folder, 'node_modules/better-sqlite3')
  await mkdir(join(to, 'prebuilds'), { recursive: true })
  for (const file of ['lib', 'package.json', 'LICENSE'])
    await cp(join(from, file), join(to, file), { recursive: true, dereference: true })
  for (const one of NATIVE) await cp(join(from, `prebuilds/${one}.node`), join(to, `prebuilds/${one}.node`))
  return join(from, 'lib/index.js')
}

async function copyDocuments(root: string, folder: string): Promise<void> {
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  await cp(join(root, 'migrations'), join(folder, 'migrations'), { recursive: true })
  await cp(join(root, 'apps/vendor/src/ui/assets'), join(folder, 'page'), { recursive: true })
  const share = {
    'docs/openapi.json': 'openapi.json',
    'docs/stint.schema.json': 'stint.schema.json',
    'docs/deploy.md': 'deploy.md',
    'docs/metrics.md': 'metrics.md',
    'deploy/stint.service': 'stint.service',
    'deploy/stint.env': 'stint.env',
    'examples/quickstart/stint.yaml': 'stint.yaml',
  }
  await mkdir(join(folder, 'share'))
  for (const [from, to] of Object.entries(share)) await cp(join(root, from), join(folder, 'share', to))
}

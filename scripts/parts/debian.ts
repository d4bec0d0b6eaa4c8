import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

type DebianTool = {
  readonly name: string
  readonly packages: readonly string[]
  /** Path of the program in its package, and folders of libraries that it brings. */
  readonly file: string
  readonly libraries: readonly string[]
  /** What it says first when it is asked for its version. */
  readonly says: RegExp
}

/**
 * Tools of the system that the deployment is checked with: the ones on PATH, else from packages of the Debian that is
 * there, whose signatures apt checks; unpacked, not installed.
 */
const TOOLS: readonly DebianTool[] = [
  {
    name: 'systemd-analyze',
    packages: ['systemd', 'libsystemd-shared'],
    file: 'usr/bin/systemd-analyze',
    libraries: ['usr/lib/x86_64-linux-gnu/systemd', 'usr/lib/aarch64-linux-gnu/systemd'],
    says: /^systemd 25[0-9]|^systemd 2[6-9][0-9]/,
  },
  {
    name: 'strace',
    packages: ['strace'],
    file: 'usr/bin/strace',
    libraries: [],
    says: /^strace -- version [6-9]/,
  },
]

export const DEBIAN_PARTS: readonly Part[] = TOOLS.map((tool) => ({
  name: tool.name,
  version: 'debian',
  program: tool.name,
  how: `Debian packages ${tool.packages.join(', ')}, unpacked`,
  byHand: `apt-get install ${tool.packages[0]}`,
  checkRevision: 1,
  async check(program) {
    const call = { command: program, args: ['--version'], env: { PATH: process.env['PATH'] }, cwd: '/' }
    const said = await runToEnd({ ...call, name: `${tool.name} --version` })
    if (!tool.says.test(said)) throw new Error(`it says ${JSON.stringify(said.split('\n')[0])}`)
  },
  make: (job) => unpack(tool, job),
}))

async function unpack(tool: DebianTool, job: MakeJob): Promise<void> {
  const call = { env: job.env, cwd: job.folder }
  await runToEnd({
    ...call,
    name: 'apt-get download',
    command: 'apt-get',
    args: ['download', ...tool.packages],
  })
  const root = join(dirname(job.output), 'tree')
  await mkdir(root)
  const files = (await readdir(job.folder)).filter((name) => name.endsWith('.deb'))
  for (const file of files)
    await runToEnd({ ...call, name: `dpkg-deb ${file}`, command: 'dpkg-deb', args: ['-x', file, root] })
  await rename(join(root, tool.file), join(root, basename(tool.file)))
  // The folder moves when it is made: the program finds its own libraries from where it is.
  const libraries = tool.libraries.map((one) => `$here/tree/${one}`).join(':')
  await writeFile(
    job.output,
    `#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\nLD_LIBRARY_PATH="${libraries}" exec "$here/tree/${basename(tool.file)}" "$@"\n`,
  )
  await chmod(job.output, 0o755)
}

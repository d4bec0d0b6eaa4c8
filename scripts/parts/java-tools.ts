import { execFile } from 'node:child_process'
import { access, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { programOnPath } from './cache.ts'
import { fetchPackages, type WantedPackages, writeScript } from './debian-packages.ts'
import { ensurePart } from './ensure.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

/** Paths of what compiles and runs Java programs, and fetches what they need. */
export type JavaTools = { readonly java: string; readonly javac: string; readonly mvn: string }

/** The oldest Java that our programs are for. */
const LEAST = 17

/** Those on PATH, where all are there and new enough; else from Debian's packages, unpacked into the cache once. */
export async function javaTools(job: MakeJob): Promise<JavaTools> {
  const [java, javac, mvn] = await Promise.all(
    ['java', 'javac', 'mvn'].map((name) => programOnPath(name, job.env)),
  )
  if (
    java !== undefined &&
    javac !== undefined &&
    mvn !== undefined &&
    (await versionOf(javac, job)) >= LEAST
  )
    return { java, javac, mvn }
  job.log(`no java, javac and mvn of Java ${LEAST} or newer on PATH: from Debian's packages`)
  const { path } = await ensurePart(debianJava, { env: job.env, log: job.log, now: () => new Date() })
  const at = (name: string) => join(dirname(path), name)
  return { java: at('java'), javac: at('javac'), mvn: at('mvn') }
}

/** 17 for `javac 17.0.15`; 0 where it does not say. */
async function versionOf(javac: string, { env }: Pick<MakeJob, 'env'>): Promise<number> {
  const said = await promisify(execFile)(javac, ['-version'], { env: { ...env } }).catch(() => null)
  return Number(/javac (\d+)/.exec(`${said?.stdout} ${said?.stderr}`)?.[1] ?? 0)
}

const PACKAGES: WantedPackages = {
  packages: ['default-jdk-headless', 'maven'],
  // Of the rest only Java's own: what the system's loader gives is on every Debian, and nothing here draws or prints.
  without: /^(?!(default-jdk-headless|maven|openjdk-\d+-j(dk|re)-headless|lib.*-java)$)/,
  whole: true,
}

const TRUST = fileURLToPath(new URL('java/TrustOfTheSystem.java', import.meta.url))

/** Not in the table: it is made where PATH has none. Its program of that name is Maven's. */
const debianJava: Part = {
  name: 'debian-java',
  version: 'debian-1',
  program: 'mvn',
  how: 'fetching a JDK and Maven from Debian’s packages, once: 125 MB are fetched, 330 MB are kept',
  byHand: 'apt-get install --no-install-recommends default-jdk-headless maven',
  checkRevision: 1,
  async check(program) {
    const env = { PATH: process.env['PATH'] }
    const call = { name: 'mvn --version', command: program, args: ['--version'], env, cwd: '/' }
    const said = await runToEnd(call)
    if (!said.includes('Apache Maven')) throw new Error(`it says ${JSON.stringify(said.slice(0, 80))}`)
  },
  make: makeDebianJava,
}

async function makeDebianJava(job: MakeJob): Promise<void> {
  const made = dirname(job.output)
  const root = join(made, 'root')
  const archives = await fetchPackages(PACKAGES, job)
  job.log(`unpacking ${archives.length} packages`)
  for (const archive of archives) await run(job, 'dpkg-deb', ['-x', archive, root])
  await keepLinksInside(root)
  const [home] = (await readdir(join(root, 'usr/lib/jvm'))).filter((name) => /^java-\d+-openjdk-/.test(name))
  if (home === undefined) throw new Error('Debian’s packages brought no JDK')
  // Certificates: a script of the installation would write them, and nothing is installed here.
  const java = join(root, 'usr/lib/jvm', home, 'bin/java')
  const store = join(root, 'usr/lib/jvm', home, 'lib/security/cacerts')
  await rm(store, { force: true })
  await run(job, java, [TRUST, await certificates(job), store])
  for (const name of ['java', 'javac'])
    await writeScript(join(made, name), script(home, `"$JAVA_HOME/bin/${name}"`))
  await writeScript(join(made, 'mvn'), script(home, '"$root/usr/share/maven/bin/mvn"'))
}

/** Links to places of an installed system are made to lead to the same place below `root`. */
async function keepLinksInside(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  for (const entry of entries.filter((one) => one.isSymbolicLink())) {
    const path = join(entry.parentPath, entry.name)
    const target = await readlink(path)
    if (!target.startsWith('/')) continue
    await rm(path)
    await symlink(relative(entry.parentPath, join(root, target)), path)
  }
}

/** The authorities that this system trusts, in one file. */
async function certificates({ env }: MakeJob): Promise<string> {
  const places = [env['SSL_CERT_FILE'] ?? '', '/etc/ssl/certs/ca-certificates.crt']
  for (const place of places)
    if (
      place !== '' &&
      (await access(place).then(
        () => true,
        () => false,
      ))
    )
      return place
  throw new Error(`no certificates of authorities at ${places[1]}: apt-get install ca-certificates`)
}

const script = (home: string, program: string) => `#!/bin/sh
# Made by scripts/parts.
root=$(CDPATH= cd -- "$(dirname -- "$(readlink -f "$0")")" && pwd)/root
JAVA_HOME=$root/usr/lib/jvm/${home}
export JAVA_HOME
exec ${program} "$@"
`

const run = ({ env, folder }: MakeJob, command: string, args: readonly string[]) =>
  runToEnd({ name: `${command} ${args[0]}`, command, args, env, cwd: folder })

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { chmod, copyFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programOnPath, sha256OfFile } from './cache.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

const FOLDER = fileURLToPath(new URL('../../test/clients/java/', import.meta.url))
/** `sha256sum` of each jar that Maven resolved from the pom. */
const SUMS = fileURLToPath(new URL('requirements/aws-sdk-java-v2.sha256', import.meta.url))
const VERSION = '2.57.8'

/** `UseS3.java` with the AWS SDK for Java v2; needs a JDK and Maven, which are not fetched. */
export const javaPart: Part = {
  name: 'aws-sdk-java-v2',
  version: `${VERSION}-${digestOf(['UseS3.java', 'pom.xml'])}`,
  program: 'aws-sdk-java-v2',
  how: 'compiling test program UseS3.java with jars of Maven Central, once: 10 MB are kept',
  byHand: 'install a JDK (17 or newer) and Maven, on Debian: apt-get install openjdk-17-jdk-headless maven',
  checkRevision: 1,
  check: expectUsage,
  make: makeJavaProgram,
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(FOLDER, file)))
  return hash.digest('hex').slice(0, 12)
}

async function makeJavaProgram(job: MakeJob): Promise<void> {
  const [maven, javac, java] = await Promise.all(
    ['mvn', 'javac', 'java'].map(async (name) => {
      const path = await programOnPath(name, job.env)
      if (path === undefined) throw new Error(`no \`${name}\` on PATH`)
      return path
    }),
  )
  if (maven === undefined || javac === undefined || java === undefined) return // thrown above
  const made = dirname(job.output)
  const jars = join(made, 'jars')
  await copyFile(join(FOLDER, 'pom.xml'), join(job.folder, 'pom.xml'))
  await runToEnd({
    name: 'mvn dependency:copy-dependencies',
    command: maven,
    args: [
      ...['-q', '-B', '-C', `-Dmaven.repo.local=${join(job.folder, 'repository')}`],
      ...['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`],
    ],
    env: job.env,
    cwd: job.folder,
  })
  await checkSums(jars)
  const compile = ['-cp', join(jars, '*'), '-d', join(made, 'classes'), join(FOLDER, 'UseS3.java')]
  await runToEnd({ name: 'javac', command: javac, args: compile, env: job.env, cwd: job.folder })
  await writeFile(job.output, launcher(java))
  await chmod(job.output, 0o755)
}

/** All that was pinned is there, and nothing else. */
async function checkSums(jars: string): Promise<void> {
  const pinned = new Map(
    readFileSync(SUMS, 'utf8')
      .trim()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  )
  const found = await readdir(jars)
  const odd = [...pinned.keys()].filter((name) => !found.includes(name))
  if (odd.length > 0) throw new Error(`Maven did not resolve ${odd.join(', ')}`)
  for (const name of found) {
    const sum = await sha256OfFile(join(jars, name))
    if (sum !== pinned.get(name)) throw new Error(`${name} has SHA-256 ${sum}, not the pinned one`)
  }
}

/** Few, small threads and no second compiler: it lives for a second. */
function launcher(java: string): string {
  return `#!/bin/sh
# Made by scripts/parts.
here="$(dirname "$(readlink -f "$0")")"
exec '${java}' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -cp "$here/classes:$here/jars/*" UseS3 "$@"
`
}

async function expectUsage(program: string): Promise<void> {
  const said = await runToEnd({ name: program, command: program, args: [], env: {}, cwd: '/' })
  if (!said.startsWith('usage: ')) throw new Error(`it says ${JSON.stringify(said.slice(0, 80))}`)
}

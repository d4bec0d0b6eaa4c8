import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeScript } from './debian-packages.ts'
import { javaTools } from './java-tools.ts'
import { fetchJars } from './maven.ts'
import type { MakeJob, Part } from './part.ts'
import { runToEnd } from './run-to-end.ts'

const FOLDER = fileURLToPath(new URL('../../test/clients/java/', import.meta.url))
const VERSION = '2.57.8'
/** Few, small threads and no second compiler: it lives for a second. */
const FLAGS = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto'

/** `UseS3.java` with the AWS SDK for Java v2. */
export const javaPart: Part = {
  name: 'aws-sdk-java-v2',
  version: `${VERSION}-${digestOf(['UseS3.java', 'pom.xml'])}`,
  program: 'aws-sdk-java-v2',
  how: 'compiling test program UseS3.java with jars of Maven Central, once: 10 MB are kept',
  byHand: 'install a JDK (17 or newer) and Maven, on Debian: apt-get install default-jdk-headless maven',
  checkRevision: 1,
  check: (program) => expectSaid(program, 'usage: '),
  make: makeJavaProgram,
}

const HADOOP = '3.5.0'

/** `hadoop fs` with S3A and the SDK's modules that it uses, without the 700 MB of a distribution. */
export const hadoopPart: Part = {
  name: 'hadoop',
  version: HADOOP,
  program: 'hadoop',
  how: 'fetching Hadoop’s client, S3A and parts of the AWS SDK from Maven Central, once: 66 MB are kept',
  byHand: `put a \`hadoop\` ${HADOOP} with hadoop-aws on PATH`,
  long: true,
  checkRevision: 1,
  check: (program) => expectSaid(program, `Hadoop ${HADOOP}`, 'version'),
  make: makeHadoop,
}

function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(FOLDER, file)))
  return hash.digest('hex').slice(0, 12)
}

async function makeJavaProgram(job: MakeJob): Promise<void> {
  const tools = await javaTools(job)
  const jars = await fetchJars({ pom: join(FOLDER, 'pom.xml'), sums: 'aws-sdk-java-v2.sha256' }, tools, job)
  const classes = join(dirname(job.output), 'classes')
  const compile = ['-cp', join(jars, '*'), '-d', classes, join(FOLDER, 'UseS3.java')]
  await runToEnd({ name: 'javac', command: tools.javac, args: compile, env: job.env, cwd: job.folder })
  await writeScript(
    job.output,
    launcher(`exec '${tools.java}' ${FLAGS} -cp "$here/classes:$here/jars/*" UseS3 "$@"`),
  )
}

async function makeHadoop(job: MakeJob): Promise<void> {
  const tools = await javaTools(job)
  await fetchJars({ pom: join(FOLDER, 'hadoop/pom.xml'), sums: 'hadoop.sha256' }, tools, job)
  const run = `'${tools.java}' ${FLAGS} -cp "\${HADOOP_CONF_DIR:-/etc/hadoop}:$here/jars/*"`
  await writeScript(
    job.output,
    launcher(`case "$1" in
  fs) shift; exec ${run} org.apache.hadoop.fs.FsShell "$@" ;;
  version) exec ${run} org.apache.hadoop.util.VersionInfo ;;
esac
echo 'usage: hadoop fs …, hadoop version' >&2
exit 2`),
  )
}

/** Finds its jars wherever the folder is moved to. */
function launcher(command: string): string {
  return `#!/bin/sh
# Made by scripts/parts.
here="$(dirname "$(readlink -f "$0")")"
${command}
`
}

async function expectSaid(program: string, words: string, ...args: readonly string[]): Promise<void> {
  const said = await runToEnd({ name: program, command: program, args, env: {}, cwd: '/' })
  if (!said.startsWith(words)) throw new Error(`it says ${JSON.stringify(said.slice(0, 80))}`)
}

import { devNull } from 'node:os'
import { isatty } from 'node:tty'
import { systemRuntime } from '../default-clock.ts'
import type { AwsCredentialProvider } from '../memo.ts'
import { credentialProvider } from '../provider.ts'
import { EXCHANGE_FLAGS, EXCHANGE_USAGE, readFlags } from './arguments.ts'
import { askedOf } from './asked.ts'
import { awsFiles, credentialKeys } from './aws-files.ts'
import { childEnvironment } from './child-environment.ts'
import { openContainerDoor } from './container-door.ts'
import type { ClientIo } from './io.ts'
import { report, usage } from './io.ts'
import type { Variables } from './print.ts'
import { variablesOf } from './print.ts'
import { NOT_EXECUTABLE, NOT_FOUND, runChild } from './run-child.ts'
import { STORE_FLAGS, STORE_USAGE, storeVariables } from './store-variables.ts'

const FLAGS = {
  ...EXCHANGE_FLAGS,
  ...STORE_FLAGS,
  static: { type: 'boolean' },
} as const

const USAGE = `usage: stint exec --server URL [--role ARN] [where the token is] [options] -- COMMAND [ARGUMENTS]

Runs a program that gets its S3 credentials from Stint, for as long as it runs: AWS SDKs ask a door on a loopback port
(AWS_CONTAINER_CREDENTIALS_FULL_URI), and are given fresh ones before the old ones end.

${EXCHANGE_USAGE}
options
${STORE_USAGE}  --static              the keys themselves as variables, for programs that know nothing else; not renewed
  --help

exit codes: the program's own, 128 + n where signal n ended it; 127 not found, 126 not executable;
125 Stint gave no credentials, and the program was not started
`

/** Like env(1) and timeout(1): a failure of ours, before the program was started. */
export const EXEC_FAILED = 125
/** Earlier than the earliest SDK asks again (15 minutes before the end), so that asking again gives what is new. */
const REFRESH_WINDOW_SECONDS = 20 * 60

/** `stint exec`: a program with credentials that are renewed. Resolves with the exit code and never rejects. */
export async function execCommand(argv: readonly string[], io: ClientIo): Promise<number> {
  try {
    const [own, command] = split(argv)
    const values = readFlags(own, FLAGS)
    if (values.help) {
      io.stdout(USAGE)
      return 0
    }
    const [file, ...args] = command
    if (file === undefined) throw usage('name the program after --: stint exec … -- aws s3 ls')
    const store = storeVariables(values, io.env)
    const { exchange, source } = askedOf(values, io)
    const provider = credentialProvider({
      ...exchange,
      subjectToken: source,
      fetch: io.fetch,
      runtime: { ...systemRuntime(), now: io.now },
      refreshWindowSeconds: REFRESH_WINDOW_SECONDS,
      onRefreshError: (error) => void report(error, { command: 'exec', stderr: io.stderr }),
    })
    // Refused here, the program is not started half.
    const first = await provider()
    const files = await hiddenFiles(io)
    const run = (credentials: Variables) =>
      runChild([file, ...args], {
        env: childEnvironment(io.env, {
          credentials: { ...files, ...credentials },
          store,
        }),
        hasTerminal: isatty(0),
      })
    const code = values.static ? await run(variablesOf(first)) : await withDoor(provider, { run, io })
    if (code === NOT_FOUND || code === NOT_EXECUTABLE)
      io.stderr(`stint exec: the program ended with ${code}: it was not found or cannot be run\n`)
    return code
  } catch (thrown) {
    report(thrown, { command: 'exec', stderr: io.stderr })
    return EXEC_FAILED
  }
}

function split(argv: readonly string[]): readonly [readonly string[], readonly string[]] {
  const at = argv.indexOf('--')
  return at === -1 ? [argv, []] : [argv.slice(0, at), argv.slice(at + 1)]
}

async function withDoor(
  provider: AwsCredentialProvider,
  { run, io }: { readonly run: (credentials: Variables) => Promise<number>; readonly io: ClientIo },
): Promise<number> {
  await using door = await openContainerDoor(provider, (error) => {
    report(error, { command: 'exec', stderr: io.stderr })
  })
  return await run({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: door.url,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: door.bearer,
  })
}

/**
 * Profiles win over a container endpoint. The credentials file holds nothing else and is hidden; the configuration file
 * also says where stores are, so it is hidden only where its default profile would win.
 */
async function hiddenFiles(io: ClientIo): Promise<Variables> {
  const { config } = awsFiles(io.env)
  const text = await io.readFile(config).catch(() => '')
  const winning = credentialKeys(text, 'default')
  if (winning.length === 0) return { AWS_SHARED_CREDENTIALS_FILE: devNull }
  io.stderr(`stint exec: the default profile of ${config} sets ${winning.join(', ')}: the file is hidden\n`)
  return { AWS_SHARED_CREDENTIALS_FILE: devNull, AWS_CONFIG_FILE: devNull }
}

import { parseArgs } from 'node:util'
import type { TargetSetup } from '../targets/setup.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint target setup <name> [--json] [--server URL] [--token-file FILE]

Prints what makes an existing MinIO trust Stint: its environment and the base policy.
`
const SECRET_BYTES = 32

/** `stint target setup <name>`. The client secret is made here, printed once and kept nowhere: nobody needs to know it. */
export async function targetCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const [verb, name] = parsed?.positionals ?? []
  if (parsed === null || verb !== 'setup' || name === undefined) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') {
    io.stderr(`stint: ${to}\n\n${USAGE}`)
    return EXIT.usage
  }
  const path = `/v1/admin/targets/${encodeURIComponent(name)}/setup`
  const answer = await askAdmin(to, { method: 'GET', path }, io)
  if (!answer.ok) {
    io.stderr(`stint: ${answer.text}\n`)
    return answer.exit
  }
  const setup = answer.body as TargetSetup // the admin door's own answer
  const secret = io.randomHex(SECRET_BYTES)
  io.stdout(
    parsed.values.json === true
      ? `${JSON.stringify({ ...setup, clientSecret: secret }, null, 2)}\n`
      : describe(setup, secret),
  )
  return EXIT.ok
}

function describe(setup: TargetSetup, secret: string): string {
  return `# 1. the outer wall: save as ${setup.policyName}.json, then
#    mc admin policy create ALIAS ${setup.policyName} ${setup.policyName}.json
${JSON.stringify(setup.basePolicy, null, 2)}

# 2. the environment of MinIO at ${setup.endpoint}; restart it afterwards, with Stint running
MINIO_IDENTITY_OPENID_CONFIG_URL=${setup.configUrl}
MINIO_IDENTITY_OPENID_CLIENT_ID=${setup.clientId}
# random, made now and kept nowhere: MinIO would accept tokens signed with it, so nobody should know it
MINIO_IDENTITY_OPENID_CLIENT_SECRET=${secret}
MINIO_IDENTITY_OPENID_ROLE_POLICY=${setup.policyName}

# to know
${setup.notes.map((note) => `# - ${note}`).join('\n')}
`
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, server: { type: 'string' }, 'token-file': { type: 'string' } },
    })
  } catch {
    return null
  }
}

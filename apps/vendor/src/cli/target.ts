import type { RekeyReport } from '../flows/rekey.ts'
import type { TargetSetup } from '../targets/adapter.ts'
import type { AdminConnection } from './admin-client.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'
import type { ScheduledAnswer } from './probe-words.ts'
import { scheduleLines } from './probe-words.ts'

const USAGE = `usage: stint target show <name> [--json] [--server URL] [--token-file FILE]
       stint target setup <name> [--json] [--server URL] [--token-file FILE]
       stint target rekey <name> --reason TEXT [--compromised] [--server URL] [--token-file FILE]

  show   the target, and how it stands by its probes
  setup  prints what makes an existing store serve Stint: what to type, and what to save
  rekey  a new signing key; with --compromised the store must refuse the old one, and is asked
`

const DENY_ALL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Deny', Action: ['s3:*'], Resource: ['arn:aws:s3:::*'] }],
}
const SECRET_BYTES = 32

/** `stint target setup <name>` and `stint target rekey <name>`. */
export async function targetCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const [verb, name] = parsed?.positionals ?? []
  const { reason = '' } = parsed?.values ?? {}
  const isRekey = verb === 'rekey' && reason !== ''
  if (parsed === null || !(isRekey || verb === 'setup' || verb === 'show') || name === undefined) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  if (isRekey) return rekeyTarget(to, { name, reason, compromised: parsed.values.compromised === true }, io)
  if (verb === 'show') return showTarget(to, { name, json: parsed.values.json === true }, io)
  const path = `/v1/admin/targets/${encodeURIComponent(name)}/setup`
  const answer = await askAdmin(to, { method: 'GET', path }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const secret = io.randomHex(SECRET_BYTES)
  const setup = withSecret(answer.body as TargetSetup, secret) // the admin door's own answer
  const json = () => JSON.stringify({ ...setup, clientSecret: secret }, null, 2)
  io.stdout(parsed.values.json === true ? `${json()}\n` : describe(setup))
  return EXIT.ok
}

async function showTarget(
  to: AdminConnection,
  { name, json }: { readonly name: string; readonly json: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const at = `/v1/admin/targets/${encodeURIComponent(name)}`
  const found = await askAdmin(to, { method: 'GET', path: at }, io)
  const schedule = await askAdmin(to, { method: 'GET', path: '/v1/admin/probe-schedule' }, io)
  for (const answer of [found, schedule]) {
    if (answer.ok) continue
    return refusalSaid(io, answer)
  }
  if (!found.ok || !schedule.ok) return EXIT.failed
  const { state, body } = found.body as { state: string; body: Record<string, unknown> } // the admin door's own answer
  const { targets } = schedule.body as { targets: readonly ScheduledAnswer[] } // the admin door's own answer
  const probed = targets.find(({ target }) => target === name) ?? null
  io.stdout(
    json
      ? `${JSON.stringify({ name, state, target: body, probed }, null, 2)}\n`
      : `${name} (${state}): ${JSON.stringify(body, null, 2)}\n${probed === null ? '' : `${scheduleLines([probed]).join('\n')}\n`}`,
  )
  return EXIT.ok
}

async function rekeyTarget(
  to: AdminConnection,
  { name, ...body }: { readonly name: string; readonly reason: string; readonly compromised: boolean },
  io: CommandIo,
): Promise<ExitCode> {
  const path = `/v1/admin/targets/${encodeURIComponent(name)}:rekey`
  const answer = await askAdmin(to, { method: 'POST', path, body }, io)
  if (!answer.ok) return refusalSaid(io, answer)
  const { thumbprint, newKey, oldKey } = answer.body as RekeyReport // the admin door's own answer
  io.stdout(`${name} signs with ${thumbprint}; the store says: ${newKey}\n`)
  if (newKey !== 'accepted')
    io.stdout(
      `until the store takes it nothing is given: \`stint target setup ${name}\` says what it needs\n`,
    )
  if (oldKey === null) {
    io.stdout('the old key is gone here; the store forgets it when it restarts\n')
    return newKey === 'accepted' ? EXIT.ok : EXIT.failed
  }
  io.stdout(
    `the old key: ${oldKey}${oldKey === 'refused' ? '' : ': IT MAY STILL OPEN THE STORE; restart the store'}\n`,
  )
  io.stdout(`sessions that its thief minted live on under subjects that nobody knows. This ends them, and all others:
# save as deny-all.json, then: mc admin policy create ALIAS stint-${name} deny-all.json
${JSON.stringify(DENY_ALL, null, 2)}
# when the last of them is over (12 h at most), put the base policy back: stint target setup ${name}
`)
  return newKey === 'accepted' && oldKey === 'refused' ? EXIT.ok : EXIT.failed
}

/** What is to be done, step by step. A client secret is made here, printed once and kept nowhere: nobody needs to know it. */
function describe({ target, kind, mode, endpoint, steps, notes }: TargetSetup): string {
  const parts = steps.map(({ title, text }, index) => `# ${index + 1}. ${title}\n${text}\n`)
  return `# target ${target}: ${kind}, ${mode}, at ${endpoint}

${parts.join('\n')}
# to know
${notes.map((note) => `# - ${note}`).join('\n')}
`
}

const CLIENT_SECRET = '{{client-secret}}'

function withSecret(setup: TargetSetup, secret: string): TargetSetup {
  const filled = (text: string) => text.replaceAll(CLIENT_SECRET, secret)
  return { ...setup, steps: setup.steps.map(({ title, text }) => ({ title, text: filled(text) })) }
}

function read(argv: readonly string[]) {
  return readArguments(argv, {
    json: { type: 'boolean' },
    compromised: { type: 'boolean' },
    reason: { type: 'string' },
  })
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { StoredEvent } from '../apps/vendor/src/ports.ts'
import { startGuard } from '../test/support/guard.ts'
import { playFeatureBuild, playMainBuild } from './demo/ci-job.ts'
import { playPage } from './demo/page.ts'
import {
  ACCOUNT,
  ADMIN_AUDIENCE,
  administratorToken,
  MAIN_BUILD,
  type Setup,
  STINT_URL,
  startPeople,
  startProvider,
  startStint,
  startStore,
  stint,
  writeYaml,
  YAML,
  YOU,
} from './demo/programs.ts'
import { playQuarter } from './demo/quarter.ts'
import { createSteps, expected, StepFailed, type Steps, time } from './demo/steps.ts'
import { partPath } from './parts/part-path.ts'

/** `pnpm demo [--keep]`: the main job on real programs, from nothing to a closed quarter and its evidence. */

const { values } = parseArgs({
  args: process.argv.slice(2).filter((one) => one !== '--'),
  options: { keep: { type: 'boolean' } },
})
const say = (line: string) => console.log(line)
const steps = createSteps(say)
const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => reject(new Error(`stopped by ${signal}`)))
})
// Whoever is not waiting for it must not crash by it.
interrupted.catch(() => undefined)

const started = performance.now()
await using stack = new AsyncDisposableStack()
try {
  await Promise.race([play(stack, steps), interrupted])
  say(summary(steps, performance.now() - started))
  if (values.keep === true) {
    say(await byHand())
    await interrupted.catch(() => undefined)
  }
} catch (thrown) {
  process.exitCode = 1
  const words = thrown instanceof StepFailed ? `the demo failed at: ${thrown.message}` : String(thrown)
  say(`\n${words}`)
}
await stack.disposeAsync()
// A build or a client library may hold a socket; everything of ours is gone by now.
process.exit()

async function play(open: AsyncDisposableStack, { step }: Steps): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'stint-demo-'))
  const guard = await startGuard()
  guard.folder(folder)
  open.defer(() => guard.release())
  open.defer(() => rm(folder, { recursive: true, force: true }))
  await step('a real MinIO', async () => ({ said: await partPath('minio', say), value: null }))
  const { provider, people } = await step('OIDC providers (oidc-provider)', async () => {
    const value = { provider: open.use(await startProvider()), people: open.use(await startPeople()) }
    return { said: `${value.provider.issuer} of CI, ${value.people.issuer} of people`, value }
  })
  open.use(
    await step('Stint', async () => {
      const value = await startStint(join(folder, 'data'), { provider, people })
      return {
        said: `${STINT_URL}, not configured yet`,
        value: { [Symbol.asyncDispose]: async () => void (await value.stop()) },
      }
    }),
  )
  const env = { STINT_ADMIN_TOKEN: await administratorToken(provider) }
  await step('stint apply', async () => {
    const file = await writeYaml(folder, people)
    const applied = await stint(['apply', '-f', file], env)
    expected(
      (await stint(['plan', '-f', file], env)).startsWith('nothing to change'),
      'applied twice, it would change something',
    )
    return { said: `${YAML} and a bit: ${applied.trim().split('\n').at(-1)}`, value: null }
  })
  const store = open.use(
    await step('MinIO, trusting Stint only', async () => {
      const setup: Setup = JSON.parse(await stint(['target', 'setup', 'store', '--json'], env))
      const value = await startStore(setup, say)
      return { said: `${value.endpoint}, base policy ${setup.policyName}`, value }
    }),
  )
  await step('stint probe', async () => {
    // By itself it was tried before there was a store: that finding goes with the first probe that has a session.
    const sheet = await stint(['probe', 'store'], env)
    const open = await stint(['findings', '--rule', 'probe-failed', '--json'], env)
    expected(JSON.parse(open).length === 0, 'a finding says still that the store cannot be probed')
    return { said: sheet.trim().split('\n')[0] ?? '', value: null }
  })
  await playMainBuild({ provider, store, steps })
  await playFeatureBuild({ provider, store, steps })
  await step('the audit log has all of it', async () => ({
    said: await readLog(env.STINT_ADMIN_TOKEN),
    value: null,
  }))
  await playPage(await playQuarter({ provider, folder, steps, say }), steps)
}

async function readLog(token: string): Promise<string> {
  const response = await fetch(`${STINT_URL}/v1/admin/audit/events?limit=100`, {
    headers: { authorization: `Bearer ${token}` },
  })
  // The admin door's own answer.
  const { events } = (await response.json()) as { events: readonly StoredEvent[] }
  const of = (type: string) => events.map(({ event }) => event).filter((event) => event.type === type)
  const [refused] = of('assume.refused')
  expected(of('assume.issued').length >= 3, 'the granted assumptions are not in the log')
  expected(
    refused?.type === 'assume.refused' && refused.code === 'no_mapping',
    'the refused assumption is not in the log',
  )
  // The ends of the probe's own sessions are theirs: it has its sheet.
  for (const { seq, event } of events.toReversed())
    if (event.type.startsWith('assume.') && event.type !== 'assume.revoked')
      say(`    ${String(seq).padStart(3)} ${event.at} ${event.type} ${describe(event)}`)
  return `${of('assume.issued').length} granted, ${of('assume.refused').length} refused, each on disk before its answer`
}

function describe(event: StoredEvent['event']): string {
  if (event.type === 'assume.intent')
    return `${event.subject.sub} → ${event.decision.role?.name}, by ${event.decision.mappings.map(({ name }) => name).join(', ')}`
  if (event.type === 'assume.issued') return `${event.accessKeyId} until ${event.expires}`
  if (event.type === 'assume.refused')
    return `${event.subject?.sub ?? 'a token that did not verify'}: ${event.code}`
  return ''
}

function summary({ done }: Steps, ms: number): string {
  const good = done.filter(({ ok }) => ok).length
  return `
${good} of ${done.length} steps as expected, ${time(ms)} in all.
A CI job showed its identity and got S3 credentials for its own prefix and an hour: no secret was stored
anywhere. MinIO itself kept it there, another branch got nothing, ten seconds were ten seconds, and every
one of these decisions was on disk before it was answered. The quarter was closed over it: a trust that nobody
used is gone, and the file that proves it needs nothing of ours to be verified, nor can a byte of it be changed.`
}

async function byHand(): Promise<string> {
  return `
Everything keeps running. Try it by hand (Ctrl-C ends it):

  the page     ${STINT_URL}/ui         sign in as ${YOU}, with any password
  Stint        ${STINT_URL}            ${STINT_URL}/readyz
  MinIO        http://127.0.0.1:9420
  providers    http://127.0.0.1:9410 of CI, http://127.0.0.1:9411 of people

  token() { curl -s -u $1:only-for-the-loopback-provider -d grant_type=client_credentials \\
    -d resource=$2 http://127.0.0.1:9410/token | sed 's/.*"access_token":"\\([^"]*\\).*/\\1/'; }

  # credentials for a CI token (acme-app-feature is the other branch)
  token ${MAIN_BUILD} ${STINT_URL} > /tmp/ci-token
  npx -y pnpm@12 -s stint exchange --server ${STINT_URL} --role arn:aws:iam::${ACCOUNT}:role/app-artifacts --token-file /tmp/ci-token --format env

  # what an administrator asks
  token administrator ${ADMIN_AUDIENCE} > /tmp/admin-token
  npx -y pnpm@12 -s stint review list --server ${STINT_URL} --token-file /tmp/admin-token
  npx -y pnpm@12 -s stint findings --server ${STINT_URL} --token-file /tmp/admin-token`
}

import { DIALECTS, narrow, type PolicyDocument, parsePolicy } from '@stint/policy'
import type { PolicyBody, ResourceOf, TargetBody } from '../apps/vendor/src/domain/resource.ts'
import { compileRole } from '../apps/vendor/src/domain/role.ts'
import { capabilityOf } from '../apps/vendor/src/domain/target-kind.ts'
import { sha256Hex } from '../apps/vendor/src/runtime.ts'
import { readConfiguration } from '../apps/vendor/src/schema/resources.ts'
import { manyMappings } from '../test/support/many-mappings.ts'
import { ACCOUNT, configurationFor, startVendor } from '../test/support/vendor.ts'
import { type Listening, listening } from './lib/listening.ts'
import { type Bench, median, type Row } from './lib/row.ts'

const ROLE_BAR_US = 200
const NARROW_BAR_US = 200
const PLAN_BAR_MS = 1_000
const ROUNDS = 41
const BATCH = 200
const PLANS = 7

/** What an administrator waits for: a role checked and rendered, a thousand mappings planned over HTTP. */
export const bench: Bench = async (say) => {
  const stub = await listening(['test/support/fake-sts.ts'])
  const vendor = await startVendor({ child: true, env: { STINT_LOG_LEVEL: 'warn' } })
  try {
    const rows = [...roleRows(configurationFor(vendor, stub.origin)), narrowRow()]
    say('roles and narrowing are measured')
    return [...rows, await planRow(vendor, stub, say)]
  } finally {
    await vendor.stop()
    await stub.process.stop()
  }
}

/** Compiled from its documents, dialect rules and sizes proved; then rendered for one subject. */
function roleRows(configuration: unknown): readonly Row[] {
  const { declared } = readConfiguration(configuration)
  const bodies = declared.flatMap((one) => (one.kind === 'policy' ? [[one.name, one.body] as const] : []))
  const policies = new Map<string, PolicyBody>(bodies as [string, PolicyBody][]) // told apart by its kind
  const found = declared.find((one) => one.kind === 'role' && one.name === 'app-artifacts')
  const resource = { ...found, version: 1, state: 'enabled' } as ResourceOf<'role'> // found by its kind
  const body = declared.find((one) => one.kind === 'target')?.body as TargetBody // told apart by its kind
  const context = {
    arn: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
    target: { name: 'store', version: 1, body, sheet: capabilityOf(body) },
    policies,
    sha256: sha256Hex,
  }
  const check = () => {
    const { role } = compileRole(resource, context)
    const rendered = role?.sessionPolicy.render(['acme/app'])
    if (rendered?.ok !== true) throw new Error('the role does not render')
  }
  // The floor of what any check can cost: the document read and printed.
  const document = policies.get('artifacts-write@1')?.document
  const floor = () => JSON.parse(JSON.stringify(document))
  const value = microseconds(check)
  const baseline = microseconds(floor)
  return [
    {
      name: 'render.us',
      value,
      unit: 'µs',
      baseline,
      ratio: value / baseline,
      bar: `≤ ${ROLE_BAR_US} µs`,
      holds: value <= ROLE_BAR_US,
    },
  ]
}

/** What an exchange costs more whose caller sends a policy: read, held against the role's, proved and printed. */
function narrowRow(): Row {
  const given = statementOf(['s3:GetObject', 's3:PutObject'], 'acme/app/*')
  const asked = statementOf(['s3:GetObject'], 'acme/app/builds/42/*')
  const outer = documentOf(given)
  const value = microseconds(() => {
    const result = narrow(outer, documentOf(asked), { dialect: DIALECTS.minio, accept: [] })
    if (!result.ok) throw new Error('the policy is not narrower')
  })
  const baseline = microseconds(() => JSON.parse(asked))
  return {
    name: 'narrow.us',
    value,
    unit: 'µs',
    baseline,
    ratio: value / baseline,
    bar: `≤ ${NARROW_BAR_US} µs`,
    holds: value <= NARROW_BAR_US,
  }
}

function statementOf(Action: readonly string[], key: string): string {
  const Statement = [{ Effect: 'Allow', Action, Resource: [`arn:aws:s3:::artifacts/${key}`] }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

function documentOf(text: string): PolicyDocument {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new Error('the document cannot be read')
  return parsed.value
}

function microseconds(work: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now()
    for (let at = 0; at < BATCH; at++) work()
    return ((performance.now() - begun) * 1000) / BATCH
  })
  return median(times)
}

/** A thousand mappings, one of them changed, against the time that the same body takes to be refused unread. */
async function planRow(
  vendor: Awaited<ReturnType<typeof startVendor>>,
  stub: Listening,
  say: (line: string) => void,
): Promise<Row> {
  const configuration = manyMappings(configurationFor(vendor, stub.origin), 1_000)
  const { status } = await vendor.apply(configuration)
  if (status !== 200) throw new Error(`the configuration was not applied: ${status}`)
  const main = { ...configuration.mappings['app-main'], owner: 'somebody@example.com' }
  const body = {
    configuration: { ...configuration, mappings: { ...configuration.mappings, 'app-main': main } },
  }
  const timed = async (path: string, wanted: number) => {
    const begun = performance.now()
    const answer = await vendor.post(path, body)
    if (answer.status !== wanted) throw new Error(`${path}: ${answer.status}`)
    return performance.now() - begun
  }
  const planned: number[] = []
  const refused: number[] = []
  for (let at = 0; at < PLANS; at++) {
    planned.push(await timed('/v1/admin/config:plan', 200))
    refused.push(await timed('/v1/admin/nothing', 404))
    say(`plan ${at + 1}: ${planned.at(-1)?.toFixed(0)} ms`)
  }
  const value = median(planned)
  const baseline = median(refused)
  return {
    name: 'plan.1000.ms',
    value,
    unit: 'ms',
    baseline,
    ratio: value / baseline,
    bar: `≤ ${PLAN_BAR_MS} ms`,
    holds: value <= PLAN_BAR_MS,
  }
}

import { createSecretKey, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalize } from '../../apps/vendor/src/domain/canonical.ts'
import { compileConfiguration } from '../../apps/vendor/src/domain/configuration.ts'
import { decide } from '../../apps/vendor/src/domain/grant.ts'
import type { Resource } from '../../apps/vendor/src/domain/resource.ts'
import type { Subject } from '../../apps/vendor/src/domain/subject.ts'
import { createTokenVerifier } from '../../apps/vendor/src/oidc/verifier.ts'
import { createRandom, sha256Hex, systemClock } from '../../apps/vendor/src/runtime.ts'
import { readConfiguration } from '../../apps/vendor/src/schema/resources.ts'
import { createStoreTokenSigner } from '../../apps/vendor/src/targets/issued-identity.ts'
import { createTargetKey } from '../../apps/vendor/src/targets/target-key.ts'
import { startTestIssuer, type TestIssuer } from '../../test/support/test-issuer.ts'
import { ACCOUNT, configurationFor } from '../../test/support/vendor.ts'
import { meteringRow } from './metering.ts'
import type { Row } from './row.ts'

const TURNS = 4_000
const silent = { info() {}, warn() {}, error() {} }

/** Where the CPU of an exchange goes, stage by stage, each alone in a loop: relative to each other, not to the whole. */
export async function stageRows(say: (line: string) => void): Promise<readonly Row[]> {
  say('stages, each alone in a loop')
  const folder = mkdtempSync(join(tmpdir(), 'stint-stages-'))
  const [rsa, ec] = await Promise.all([startTestIssuer(), startTestIssuer({ alg: 'ES256' })])
  try {
    const rows = [await verifyRow('stage.verify.rs256', rsa), await verifyRow('stage.verify.es256', ec)]
    const { decideOnce, intent } = deciding(rsa)
    const sign = createStoreTokenSigner({
      key: createTargetKey({ own: folder }, 'store'),
      issuer: 'http://127.0.0.1/oidc/store',
      audience: 'stint-store',
    })
    return [
      ...rows,
      await meteringRow(),
      loop('stage.decide', decideOnce),
      loop('stage.event', () => canonicalize(intent)),
      loop('stage.sign', () =>
        sign('asm_01a20cf8-623d-7fb1-93eb-538875a3d009', Date.now(), Date.now() + 30_000),
      ),
    ]
  } finally {
    await Promise.all([rsa.stop(), ec.stop()])
    rmSync(folder, { recursive: true })
  }
}

function loop(name: string, work: () => unknown): Row {
  for (let turn = 0; turn < TURNS / 4; turn++) work()
  const before = process.cpuUsage()
  for (let turn = 0; turn < TURNS; turn++) work()
  const { user, system } = process.cpuUsage(before)
  return { name, value: (user + system) / TURNS, unit: 'µs', baseline: null, ratio: null }
}

async function verifyRow(name: string, issuer: TestIssuer): Promise<Row> {
  const configuration = compiled(issuer)
  const verifier = createTokenVerifier({
    issuerByUrl: (iss) => configuration.issuers.get(iss),
    refusedAudiences: () => [],
    clock: systemClock,
    random: createRandom(),
    digestKey: createSecretKey(randomBytes(32)),
    onEvent: () => undefined,
    log: silent,
  })
  const token = tokenOf(issuer)
  const first = await verifier.verify(token)
  if (!first.ok) throw new Error(`the token of the benchmark is refused: ${first.code}`)
  const row = loop(name, () => verifier.verify(token))
  await verifier.close()
  return row
}

function deciding(issuer: TestIssuer) {
  const configuration = compiled(issuer)
  const subject: Subject = {
    issuer: 'ci',
    iss: issuer.url,
    sub: 'repo:acme/app',
    audiences: [],
    claims: { repository: 'acme/app', repository_id: '42', ref: 'refs/heads/main' },
    expiresAtSeconds: 4_000_000_000,
    token: { alg: 'RS256', kid: 'k', thumbprint: 't', jti: null, azp: null, digest: 'd' },
  }
  const request = {
    roleAsked: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
    roleName: 'app-artifacts',
    lifetimeSeconds: null,
    policy: null,
  }
  const decideOnce = () =>
    decide(configuration, { subject, request }, { nowMs: Date.now(), sha256: sha256Hex })
  const { decision } = decideOnce()
  const intent = {
    type: 'assume.intent',
    assumption: 'asm_x',
    decision,
    subject,
    source: { ip: '127.0.0.1', proxies: [], userAgent: null },
  }
  return { decideOnce, intent }
}

function compiled(issuer: TestIssuer) {
  const read = readConfiguration(
    configurationFor({ ci: issuer, url: 'https://stint.example.com' }, 'http://127.0.0.1:9'),
  )
  const resources = read.declared.map((one) => ({ ...one, version: 1, state: 'enabled' }) as Resource) // declared bodies are of their kind
  const context = { generation: 1, hash: '', account: ACCOUNT, adminAudience: 'admin', sha256: sha256Hex }
  const { configuration, problems } = compileConfiguration(resources, context)
  if (configuration === null) throw new Error(JSON.stringify(problems))
  return configuration
}

function tokenOf(issuer: TestIssuer): string {
  const claims = Object.fromEntries(
    Array.from({ length: 20 }, (_, at) => [`claim_${at}`, `a value of some length ${at}`]),
  )
  return issuer.sign({
    ...claims,
    sub: 'repo:acme/app',
    aud: 'https://stint.example.com',
    repository: 'acme/app',
    repository_id: '42',
    ref: 'refs/heads/main',
  })
}

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startFakeSts } from '../support/fake-sts.ts'
import { freePort } from '../support/ports.ts'
import { configurationFor, startVendor } from '../support/vendor.ts'

const CLI = join(import.meta.dirname, '../../apps/vendor/src/cli.ts')
const CLAIM = 'canary-claim-77d1'
const OPERATOR = 'canary-operator-token-77d1'

/** All files below a folder, by name, as bytes that can be searched. */
async function filesOf(folder: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as const)),
  )
}

test('no token, secret or claim value is in logs, metrics, readiness, databases or a backup; keys are in key files only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stint-canary-'))
  await using store = await startFakeSts()
  const operations = `127.0.0.1:${await freePort()}`
  const tokenFile = join(folder, 'operator-token')
  await writeFile(tokenFile, OPERATOR, { mode: 0o400 })
  await using vendor = await startVendor({
    child: true,
    dataFolder: join(folder, 'data'),
    env: { STINT_METRICS_LISTEN: operations, STINT_METRICS_TOKEN_FILE: tokenFile, STINT_LOG_LEVEL: 'debug' },
  })
  try {
    expect((await vendor.apply(configurationFor(vendor, store.endpoint))).status).toBe(200)
    const granted = vendor.token({ unnamed_claim: CLAIM })
    const given = await vendor.exchange(granted)
    expect(given.status).toBe(200)
    // Every way to end otherwise.
    const refused = vendor.token({ unnamed_claim: CLAIM, ref: 'refs/heads/x' })
    const unsigned = `${vendor.token({ unnamed_claim: CLAIM }).slice(0, -8)}AAAAAAAA`
    const elsewhere = vendor.token({ unnamed_claim: CLAIM, aud: 'elsewhere' })
    for (const token of [refused, unsigned, elsewhere])
      expect((await vendor.exchange(token)).status).toBe(400)
    store.setFault({
      kind: 'rewrite',
      rewrite: (xml) => xml.replace('<Expiration>', '<Expiration>not a time'),
    })
    expect((await vendor.exchange(vendor.token({ unnamed_claim: CLAIM }))).status).toBe(503)
    store.setFault(undefined)
    const admin = vendor.admin.sign({ sub: 'somebody-else', aud: 'stint-admin', note: CLAIM })
    expect((await vendor.get('/v1/admin/audit/events', admin)).status).toBe(403)

    const backup = join(folder, 'backup')
    await promisify(execFile)(process.execPath, [CLI, 'backup', backup, '--data', vendor.dataFolder])
    const told = async (path: string) =>
      (
        await fetch(`http://${operations}${path}`, { headers: { authorization: `Bearer ${OPERATOR}` } })
      ).text()
    const metrics = await told('/metrics')
    expect(metrics).toContain('stint_exchanges_total{door="token",outcome="granted"} 1')
    const places = new Map([
      ['log', vendor.logged()],
      ['metrics', metrics],
      ['readiness with names', await told('/readyz')],
      ['readiness', await (await fetch(`${vendor.url}/readyz`)).text()],
      ['audit events', JSON.stringify(await vendor.events())],
      ...(await filesOf(vendor.dataFolder)),
      ...(await filesOf(backup)),
    ])
    const credentials = given.body['credentials'] as Record<string, string> // our own answer
    const marks = [
      CLAIM,
      OPERATOR,
      credentials['secret_access_key'],
      credentials['session_token'],
      ...[granted, refused, unsigned, elsewhere, admin].flatMap((token) => token.split('.').slice(1)),
    ].map(String)
    const hits = [...places].flatMap(([place, text]) =>
      marks.filter((mark) => text.includes(mark)).map((mark) => `${place}: ${mark.slice(0, 12)}`),
    )
    expect(hits).toEqual([])
    // That this would find something.
    expect(places.get('audit events')).toContain(String(given.body['assumption_id']))

    const key = await readFile(join(vendor.dataFolder, 'keys/target-store.pem'), 'utf8')
    const secret = key.split('\n').find((line) => line.length > 40) ?? 'no key'
    const digest = await readFile(join(vendor.dataFolder, 'keys/digest.key'), 'latin1')
    const holders = (mark: string) =>
      [...places]
        .filter(([, text]) => text.includes(mark))
        .map(([place]) => place.split('/').slice(-3).join('/'))
    expect(holders(secret)).toEqual(['data/keys/target-store.pem', 'backup/keys/target-store.pem'])
    expect(holders(digest)).toEqual(['data/keys/digest.key', 'backup/keys/digest.key'])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}, 60_000)

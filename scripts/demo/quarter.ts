import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { exchangeToken, StsClientError } from '@stint/sts-client'
import type { ItemAnswer, ShownItem } from '../../apps/vendor/src/cli/review-words.ts'
import type { Review } from '../../apps/vendor/src/domain/review/review.ts'
import type { RunningProvider } from '../../test/support/oidc-provider.ts'
import { partPath } from '../parts/part-path.ts'
import { ACCOUNT, LEGACY_BUILD, ROOT, reviewerToken, STINT_URL, stint } from './programs.ts'
import { expected, type Steps } from './steps.ts'

const WHY = 'looked at with its owner in the demo'
const VERIFIER = 'tools/verify/stint_verify_pack.py'

export type Quarter = {
  readonly provider: RunningProvider
  readonly folder: string
  readonly steps: Steps
  readonly say: (line: string) => void
}

/**
 * The quarter is closed: a trust that nobody uses is found, taken away and shown to be dead, and the evidence verified. Answers
 * with the id of its review.
 */
export async function playQuarter({ provider, folder, steps: { step }, say }: Quarter): Promise<string> {
  const env = { STINT_ADMIN_TOKEN: await reviewerToken(provider) }
  const review = async <T>(...args: readonly string[]): Promise<T> =>
    JSON.parse(await stint(['review', ...args, '--json'], env)) // what the admin door answered
  const day = new Date().toISOString().slice(0, 10)
  const { id, stale, used } = await step('review: a trust that nobody uses', async () => {
    const { id } = await review<Review>(
      'draft',
      '--title',
      'demo',
      '--from',
      day,
      '--to',
      day,
      '--kind',
      'mapping',
    )
    await review('prepare', id)
    await review('start', id)
    const items = await review<readonly ShownItem[]>('items', id)
    const [stale, ...more] = items.filter(({ item }) => item.usage?.last === null)
    expected(stale?.item.name === 'app-legacy' && more.length === 0, 'it is not found')
    return {
      said: `${stale.item.name}, never used, of ${items.length} mappings`,
      value: { id, stale, used: items.filter((one) => one !== stale) },
    }
  })
  await step('revoked, and shown to be dead', async () => {
    const { standing } = await review<ItemAnswer>('revoke', id, String(stale.item.n), '--rationale', WHY)
    const { state, proof } = standing
    expected(state === 'verified' && proof?.outcome === 'refused', `it is ${state}`)
    const refusal = await exchangeToken({
      server: STINT_URL,
      subjectToken: await provider.token(LEGACY_BUILD, STINT_URL),
      role: `arn:aws:iam::${ACCOUNT}:role/app-artifacts`,
    }).catch((error: unknown) => error)
    expected(refusal instanceof StsClientError && refusal.code === 'access_denied', 'its job gets in')
    return { said: `a subject of its own conditions is refused: ${proof.code}; so is its job`, value: null }
  })
  const pack = join(folder, 'quarter.tar')
  const verify = await step('evidence pack, verified in Python', async () => {
    for (const { item } of used) await review('attest', id, String(item.n), '--rationale', WHY)
    await review('close', id)
    await review('seal', id)
    await stint(['review', 'pack', id, '-o', pack], env)
    const key = (await (await fetch(`${STINT_URL}/log/keys`)).text()).trim()
    const python = await partPath('verify-python', say)
    const verify = (path: string) => verifierSays(python, [path, '--key', key])
    const { ok, files, events } = await verify(pack)
    expected(ok === true, 'it does not hold')
    return { said: `${VERIFIER}: ${files} files, ${events} events proved`, value: verify }
  })
  await step('one byte changed: the verifier names the place', async () => {
    const bytes = await readFile(pack)
    const at = bytes.indexOf('app-legacy', bytes.indexOf('05-remediation.csv\0'))
    bytes[at] = 'z'.charCodeAt(0)
    const changed = join(folder, 'changed.tar')
    await writeFile(changed, bytes)
    const { ok, fault, file } = await verify(changed)
    expected(ok === false && file === '05-remediation.csv', `it says ${JSON.stringify({ ok, fault, file })}`)
    return { said: `byte ${at}: ${fault} in ${file}`, value: null }
  })
  return id
}

type Said = Readonly<Record<'ok' | 'files' | 'events' | 'fault' | 'file', unknown>>

async function verifierSays(python: string, args: readonly string[]): Promise<Said> {
  const run = promisify(execFile)(python, [VERIFIER, ...args], { cwd: ROOT })
  const { stdout } = await run.catch((failed: { code?: unknown; stdout?: unknown }) => {
    // 3: it does not hold, and says so on standard output.
    if (failed.code !== 3) throw failed
    return { stdout: String(failed.stdout) }
  })
  return JSON.parse(stdout)
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleHelper } from '../scripts/build/client.ts'
import { selfSigned } from '../test/support/self-signed.ts'
import { listening } from './lib/listening.ts'
import type { Bench, Row } from './lib/row.ts'
import { EMPTY_NODE, type Start, timeStarts } from './lib/starts.ts'

const RUNS = 60
const CACHE_BAR = 1.5
const HTTP_BAR = 1.8
const MAIN = join(import.meta.dirname, '../packages/sts-client/src/node/main.ts')

/** How long a process takes from its start to its end, beside an empty Node, in turns in one run. */
export const bench: Bench = async (say) => {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-helper-'))
  const certificate = selfSigned({ name: '127.0.0.1' })
  for (const [name, text] of Object.entries(certificate)) writeFileSync(join(folder, `${name}.pem`), text)
  const plain = await listening(['bench/lib/token-server.ts'])
  const tls = await listening(['bench/lib/token-server.ts', folder])
  try {
    const helper = join(folder, 'credential-process.cjs')
    await bundleHelper(helper)
    const env = { HOME: folder, STINT_TOKEN: 'a.b.c' }
    const start = (name: string, command: readonly string[], more: Record<string, string> = {}): Start => ({
      name,
      command: [process.execPath, ...command],
      env: { ...env, ...more },
      isRight: (stdout) => JSON.parse(stdout).Version === 1,
    })
    const from = (origin: string, ...more: string[]) => ['--server', origin, ...more]
    // Reading a CA costs as well; only TLS needs it.
    const trusting = { NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') }
    const starts: readonly (Start & { readonly bar?: number })[] = [
      { ...start('helper.cache', [helper, ...from(plain.origin)]), bar: CACHE_BAR },
      { ...start('helper.http', [helper, ...from(plain.origin, '--no-cache')]), bar: HTTP_BAR },
      start('helper.https', [helper, ...from(tls.origin, '--no-cache')], trusting),
      start('stint.sources', [MAIN, 'credential-process', ...from(plain.origin)]),
    ]
    const took = await timeStarts([EMPTY_NODE, ...starts], { runs: RUNS, say })
    return starts.map(({ name, bar }) => rowOf({ name, bar }, took))
  } finally {
    await Promise.all([plain.process.stop(), tls.process.stop()])
    rmSync(folder, { recursive: true })
  }
}

function rowOf(
  { name, bar }: { readonly name: string; readonly bar: number | undefined },
  took: (name: string) => number,
): Row {
  const [value, baseline] = [took(name), took(EMPTY_NODE.name)]
  const ratio = value / baseline
  const row = { name, value, unit: 'ms', baseline, ratio }
  return bar === undefined ? row : { ...row, bar: `≤ ${bar} × node -e 0`, holds: ratio <= bar }
}

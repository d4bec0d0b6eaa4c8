import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleHelper } from '../../scripts/build/client.ts'
import { partPath } from '../../scripts/parts/part-path.ts'
import { ROLE_ARN } from '../../test/support/doors.ts'
import { listening } from './listening.ts'
import type { Row } from './row.ts'
import { EMPTY_NODE, type Start, timeStarts } from './starts.ts'

const RUNS = 20
const HTTP_BAR = 1.8
const TOKEN = 'aaaa.bbbb.cccc'

/**
 * What a process costs that wants credentials anew: our helper and `aws sts assume-role-with-web-identity`, each with an
 * exchange over loopback http at a stub, beside an empty Node and beside each other, in turns in one run.
 */
export async function helperStartRows(say: (line: string) => void): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-start-'))
  const ours = await listening(['bench/lib/token-server.ts'])
  const theirs = await listening(['test/support/fake-sts.ts'])
  try {
    const helper = join(folder, 'credential-process.cjs')
    await bundleHelper(helper)
    const starts: readonly Start[] = [
      EMPTY_NODE,
      {
        name: 'helper',
        command: [process.execPath, helper, '--server', ours.origin, '--no-cache'],
        env: { HOME: folder, STINT_TOKEN: TOKEN },
        isRight: (stdout) => JSON.parse(stdout).Version === 1,
      },
      await awsCli({ folder, endpoint: theirs.origin, say }),
    ]
    const took = await timeStarts(starts, { runs: RUNS, say })
    const [value, node, aws] = [took('helper'), took(EMPTY_NODE.name), took('aws')]
    const ratio = value / node
    return [
      {
        name: 'helper.startup',
        value,
        unit: 'ms',
        baseline: node,
        ratio,
        bar: `≤ ${HTTP_BAR} × node -e 0`,
        holds: ratio <= HTTP_BAR,
      },
      { name: 'helper.startup/aws', value, unit: 'ms', baseline: aws, ratio: value / aws },
    ]
  } finally {
    await Promise.all([ours.process.stop(), theirs.process.stop()])
    rmSync(folder, { recursive: true })
  }
}

async function awsCli(of: {
  readonly folder: string
  readonly endpoint: string
  readonly say: (line: string) => void
}): Promise<Start> {
  const python = await partPath('python-aws', of.say)
  const asked = ['--role-arn', ROLE_ARN, '--role-session-name', 'job', '--duration-seconds', '3600']
  return {
    name: 'aws',
    command: [
      python,
      ...['-m', 'awscli', 'sts', 'assume-role-with-web-identity', '--web-identity-token', TOKEN, ...asked],
    ],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: of.folder,
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_DEFAULT_OUTPUT: 'json',
      AWS_ENDPOINT_URL_STS: of.endpoint,
    },
    isRight: (stdout) => typeof JSON.parse(stdout).Credentials.AccessKeyId === 'string',
  }
}

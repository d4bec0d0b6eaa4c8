import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { partPath } from '../../scripts/parts/part-path.ts'

export type ReadSample = {
  readonly family: string
  readonly kind: string
  readonly help: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** What Prometheus' own parser reads in a text; throws where it refuses it. */
export async function parsedMetrics(metrics: string): Promise<readonly ReadSample[]> {
  const reader = spawn(await partPath('prometheus-reader', (line) => console.error(line)), [], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  reader.stdin.end(metrics)
  const [lines, words] = await Promise.all([text(reader.stdout), text(reader.stderr)])
  if (reader.exitCode === null) await once(reader, 'exit')
  if (reader.exitCode !== 0) throw new Error(`the metrics do not parse: ${words.slice(-500)}`)
  // The reader's own lines.
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ReadSample) // as READER prints them
}

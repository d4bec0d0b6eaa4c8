import { partPath } from '../../scripts/parts/part-path.ts'
import { launchMoto, type RunningMoto } from './moto-server.ts'

/** Starts the moto of the parts table on 127.0.0.1. A part that cannot be had fails the test with its reason. */
export async function startMoto(): Promise<RunningMoto> {
  return launchMoto(await partPath('moto', (line) => console.error(line)))
}

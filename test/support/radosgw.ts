import { partPath } from '../../scripts/parts/part-path.ts'
import { launchRadosgw, type RunningRadosgw } from './radosgw-server.ts'

/** Starts the radosgw of the parts table on 127.0.0.1. A part that cannot be had fails the test with its reason. */
export async function startRadosgw(): Promise<RunningRadosgw> {
  return launchRadosgw(await partPath('radosgw', (line) => console.error(line)))
}

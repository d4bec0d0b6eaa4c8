import type { PolicyBody } from './resource.ts'

/** Whether a policy allows anything that changes the store: actions that begin with Put, Delete and their kin. */
export function policyWrites({ document }: PolicyBody): boolean {
  return /"s3:(\*|Put|Delete|Abort|Restore|Replicate|Bypass|Create)/i.test(JSON.stringify(document))
}

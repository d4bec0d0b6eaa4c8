import { DIAGNOSTICS } from '@stint/policy'

/** Whether a role may name this code in `accept`. */
export function isAcceptableCode(code: string): boolean {
  return Object.entries(DIAGNOSTICS).some(([name, row]) => name === code && 'acceptable' in row)
}

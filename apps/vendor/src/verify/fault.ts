/** What of a log does not hold. docs/LOG.md says when each is found; `tools/verify/stint_verify.py` finds the same. */
export type FaultName =
  | 'format'
  | 'database'
  | 'key'
  | 'gap'
  | 'leaf'
  | 'chain'
  | 'body'
  | 'column'
  | 'order'
  | 'node'
  | 'count'
  | 'signature'
  | 'root'
  | 'truncated'
  | 'anchor'
  | 'unsigned'
  | 'file'
  | 'manifest'
  | 'proof'
  | 'record'
  | 'pruned'

/** The first thing that does not hold: one event, or the run of events of which one is the cause. */
export type Fault = {
  readonly fault: FaultName
  readonly seq: number
  readonly through: number
  /** Of an evidence pack: the file in which it is; empty: behind the last. */
  readonly file?: string
}

/** Thrown inside the verifier, caught at its door. */
export class LogFault extends Error {
  readonly found: Fault

  constructor(fault: FaultName, seq: number, through = seq) {
    super(`${fault} at ${seq}`)
    this.found = { fault, seq, through }
  }
}

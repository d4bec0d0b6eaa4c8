import type { ImmuneTargets } from '../domain/probe/rule-7.ts'
import type { ErrorCode, VendorError } from '../errors.ts'
import type { ChangeRequest, DraftAsk, Drafted } from '../ports.ts'

/** What the process asks its desk worker, one thing at a time. */
export type Ask =
  | { readonly ask: 'draft'; readonly of: DraftAsk; readonly immune: ImmuneTargets }
  | { readonly ask: 'resources' | 'changes'; readonly from: number }
  | { readonly ask: 'answer'; readonly more: Readonly<Record<string, unknown>> }
  | { readonly ask: 'keep'; readonly change: ChangeRequest }
  | { readonly ask: 'commit'; readonly by: Parameters<Drafted['commit']>[0] }

/** What it is told. `value` is what the method of that name answers. */
export type Told =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly code: ErrorCode
      readonly facts: VendorError['facts']
      readonly cause: string
    }

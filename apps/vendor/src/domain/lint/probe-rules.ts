import type { ProbeRecord, SheetHead } from '../probe/sheet.ts'
import {
  freshUntil,
  isFresh,
  isSameStore,
  liftsRule7,
  SHEET_DAYS,
  storeOf,
  whatChanged,
} from '../probe/sheet.ts'
import { NEEDS } from '../probe/try.ts'
import type { TargetBody } from '../resource.ts'
import { findings } from './findings.ts'
import type { Finding, Hit, Rule } from './rule.ts'

type ProbedInput = { readonly body: TargetBody; readonly record: ProbeRecord; readonly nowMs: number }
/** A role that rests on conditions, with its target. */
type RestingInput = ProbedInput & { readonly conditions: number }

const NOTHING: readonly Hit[] = []
const whole = (says: string): readonly Hit[] => [{ at: [], says }]

/** The newest sheet that is of the store that the target names now. */
function sheetOf({ body, record: { completed } }: ProbedInput) {
  return completed !== null && isSameStore(completed.store, storeOf(body)) ? completed : null
}

function isLater(
  ofRole: SheetHead | null,
  { newest, body }: { readonly newest: SheetHead; readonly body: TargetBody },
): boolean {
  return ofRole !== null && isSameStore(ofRole.store, storeOf(body)) && ofRole.ended > newest.ended
}

/** What the probes of a target say. They are no part of a plan: a sheet is of what stands. */
const PROBED_RULES: readonly Rule<ProbedInput>[] = [
  {
    id: 'never-probed',
    severity: 'warning',
    about:
      'a target that no probe has looked at: whether its store confines and ends sessions is only believed',
    fix: 'run `stint probe <target>`',
    find: (input) =>
      sheetOf(input) === null && input.record.newest?.outcome !== 'failed' ? whole('not probed') : NOTHING,
  },
  {
    id: 'probe-failed',
    severity: 'warning',
    about: 'the newest probe of a target could not have one session',
    fix: 'see what the store says, and `stint target setup <target>`',
    // A later probe of one of its roles had a session there: what failed before is over.
    find: ({ body, record: { newest, ofRole } }) =>
      newest?.outcome === 'failed' && !isLater(ofRole, { newest, body })
        ? whole(`probe failed: ${newest.code ?? 'no code'}, ${newest.ended}`)
        : NOTHING,
  },
  {
    id: 'probe-broken',
    severity: 'warning',
    about: 'the store did not keep what Stint rests on, such as confining or ending a session',
    fix: 'read the sheet (`stint probe --show ID`); take the target away until the store keeps it',
    find(input) {
      const sheet = sheetOf(input)
      const broken = sheet?.broken ?? []
      return broken.length === 0 ? NOTHING : whole(`${broken.join(', ')} in ${sheet?.probe ?? ''}`)
    },
  },
  {
    id: 'probe-unended',
    severity: 'warning',
    about: 'sessions of a probe are not proved to be over: those of others could not be ended there either',
    fix: 'read the sheet; they end by themselves at the time that it names',
    find(input) {
      const sheet = sheetOf(input)
      const count = sheet?.sessions.unproved.length ?? 0
      return count === 0 ? NOTHING : whole(`${count} of ${sheet?.sessions.minted ?? 0} sessions`)
    },
  },
  {
    id: 'probe-old',
    severity: 'warning',
    about: `the newest sheet of a target is older than ${SHEET_DAYS} days: stores are updated, and nobody has looked`,
    fix: 'run `stint probe <target>`, or give the target a schedule (`probe: { every: 24h }`)',
    find(input) {
      const sheet = sheetOf(input)
      return sheet === null || isFresh(sheet, input.nowMs) ? NOTHING : whole(`of ${sheet.ended}`)
    },
  },
  {
    id: 'probe-blind',
    severity: 'warning',
    about: 'the bucket that a target names for probes is not there, or the base policy leaves it out',
    fix: 'create it, and replace the base policy by what `stint target setup <target>` prints',
    find(input) {
      const { probe } = input.body
      const isBlind = probe.bucket !== null && sheetOf(input)?.blind === true
      return isBlind ? [{ at: ['probe', 'bucket'], says: NEEDS.open_bucket }] : NOTHING
    },
  },
  {
    id: 'store-changed',
    severity: 'notice',
    about: 'the store is another one, or of another version, than at the probe before',
    fix: 'look whether somebody meant that',
    find(input) {
      const { completed, before } = input.record
      const changed =
        completed === null || before === null ? null : whatChanged(before.identity, completed.identity)
      return changed === null ? NOTHING : whole(changed)
    },
  },
]

/** What a role says that rests on conditions which a caller of most stores can answer itself (DESIGN rule 7). */
const RESTING_RULES: readonly Rule<RestingInput>[] = [
  {
    id: 'rests-on-probe',
    severity: 'notice',
    about:
      'a role is confined by conditions that callers of other stores forge; a probe shows this store immune',
    fix: 'confine by Action and Resource, which hold at every store',
    find: ({ body, record, nowMs, conditions }) =>
      liftsRule7(record, body, nowMs)
        ? whole(
            `${conditions} conditions; ${record.completed?.probe ?? ''} is good until ${record.completed === null ? '' : freshUntil(record.completed)}`,
          )
        : NOTHING,
  },
  {
    id: 'probe-stale',
    severity: 'warning',
    about:
      'a role rests on conditions, and no fresh probe shows its store immune to forged ones: it is refused to all',
    fix: 'run `stint probe <target>`; or confine by Action and Resource; or `accept: [condition_forgeable]`',
    find: ({ body, record, nowMs, conditions }) =>
      liftsRule7(record, body, nowMs) ? NOTHING : whole(`${conditions} conditions that a caller may forge`),
  },
]

/** Every rule, for the documents. */
export const PROBE_LINT_RULES = [...PROBED_RULES, ...RESTING_RULES].map(({ id, severity, about, fix }) => ({
  id,
  severity,
  about,
  fix,
}))

export type Probed = {
  readonly targets: readonly {
    readonly name: string
    readonly body: TargetBody
    readonly record: ProbeRecord
  }[]
  readonly roles: readonly { readonly name: string; readonly target: string; readonly conditions: number }[]
}

/** Everything that somebody should think about in what the probes of a configuration showed. Pure. */
export function lintProbes({ targets, roles }: Probed, nowMs: number): readonly Finding[] {
  const byName = new Map(targets.map((one) => [one.name, one] as const))
  return [
    ...targets.flatMap(({ name, ...input }) =>
      PROBED_RULES.flatMap((rule) => findings(rule, { ...input, nowMs }, { kind: 'target', name })),
    ),
    ...roles.flatMap(({ name, target, conditions }) => {
      const input = byName.get(target)
      if (input === undefined) return []
      return RESTING_RULES.flatMap((rule) =>
        findings(rule, { ...input, conditions, nowMs }, { kind: 'role', name }),
      )
    }),
  ]
}

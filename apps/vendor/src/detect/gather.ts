import { readDetectFacts } from '../audit/detect-reader.ts'
import type { Access, Evidence, History, IssuerKey, TargetSecret, Use } from '../domain/detect/evidence.ts'
import type { ProfileName } from '../domain/detect/thresholds.ts'
import { THRESHOLDS } from '../domain/detect/thresholds.ts'
import { readStanding } from '../storage/sqlite/history-reader.ts'
import { openForReading } from '../storage/sqlite/open.ts'

/** What only the running process knows. It crosses to a worker, so there are no functions in it. */
export type LiveFacts = {
  readonly nowMs: number
  readonly profile: ProfileName
  readonly twoPersons: boolean
  readonly use: Omit<Use, 'sinceMs' | 'subjects' | 'packedPercent'>
  readonly access: Access | null
  /** Of issuers whose key set is at hand: the kids that are refused in it now. */
  readonly refusedKids: ReadonlyMap<string, readonly (string | null)[]>
  /** Keys and secrets that the operator gives. */
  readonly givenSecrets: readonly TargetSecret[]
  readonly anchorsBehind: readonly string[]
}

export type DatabasePaths = { readonly config: string; readonly audit: string }

const DAY_MS = 86_400_000

/** Reads both files, each at one moment and on a connection of its own, and puts the evidence together. */
export function gatherEvidence(
  paths: DatabasePaths,
  live: LiveFacts,
): { readonly generation: number; readonly evidence: Evidence } {
  const thresholds = THRESHOLDS[live.profile]
  const { generation, resources, history } = reading(paths.config, readStanding)
  const sinceMs = live.nowMs - thresholds.logDays * DAY_MS
  const facts = reading(paths.audit, (connection) => readDetectFacts(connection, { sinceMs }))
  const given = new Set(live.givenSecrets.map(({ target, what }) => `${target} ${what}`))
  const own = [...facts.signingKeysMs].flatMap(([target, sinceMs]): TargetSecret[] =>
    given.has(`${target} signing key`) ? [] : [{ target, what: 'signing key', sinceMs }],
  )
  const { anchorFailedMs, ...log } = facts.log
  const evidence: Evidence = {
    nowMs: live.nowMs,
    thresholds,
    twoPersons: live.twoPersons,
    resources,
    history: new Map(
      [...history].map(([key, one]) => [key, { ...one, ...attestedOf(key, facts.attestedMs, one) }] as const),
    ),
    use: {
      ...live.use,
      sinceMs: facts.firstMs ?? live.nowMs,
      subjects: facts.subjects,
      packedPercent: facts.packedPercent,
    },
    issuerKeys: facts.issuerKeys.map((key) => asOfNow(key, live)),
    secrets: [...own, ...live.givenSecrets],
    access: live.access,
    log: {
      ...log,
      anchorsBehind: live.anchorsBehind.map((anchor) => ({
        anchor,
        sinceMs: anchorFailedMs.get(anchor) ?? live.nowMs,
      })),
    },
  }
  return { generation, evidence }
}

/** An exception is an item of its own in a review: `role/app/condition_forgeable`. */
function attestedOf(
  key: string,
  attestedMs: ReadonlyMap<string, number>,
  { acceptedMs }: Pick<History, 'acceptedMs'>,
): Pick<History, 'attestedMs' | 'exceptionsAttestedMs'> {
  const exceptions = Object.keys(acceptedMs).flatMap((code) => {
    const at = attestedMs.get(`exception/${key}/${code}`)
    return at === undefined ? [] : [[code, at] as const]
  })
  return { attestedMs: attestedMs.get(key) ?? null, exceptionsAttestedMs: Object.fromEntries(exceptions) }
}

/** The log hears of a key that is refused, and not of its end: the set at hand tells. */
function asOfNow(key: IssuerKey, { refusedKids, nowMs }: LiveFacts): IssuerKey {
  const refused = key.refused === null ? undefined : refusedKids.get(key.issuer)
  return refused === undefined || refused.includes(key.kid) ? key : { ...key, goneMs: nowMs }
}

function reading<T>(path: string, read: (connection: ReturnType<typeof openForReading>) => T): T {
  const connection = openForReading(path)
  try {
    return read(connection)
  } finally {
    connection.close()
  }
}

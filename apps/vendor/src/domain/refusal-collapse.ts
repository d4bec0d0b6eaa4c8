import type { ClaimedFacts, Source } from './audit-event.ts'

/** A window of equal refusals: the first was written on its own, the rest are counted here. */
export type RefusalWindow<Id> = {
  readonly claimedIssuer: string | null
  /** The verified subject; null where no token was verified. */
  readonly subject: CountedSubject | null
  readonly code: string
  readonly sourcePrefix: string
  /** The id that every counted refusal of this window is answered with; it leads to the summary. */
  id: Id
  count: number
  firstMs: number
  lastMs: number
  /** When anything of this key was last refused, counted or not. */
  touchedMs: number
  samples: { readonly source: Source; readonly claimed: ClaimedFacts; readonly atMs: number }[]
}

export type CountedSubject = { readonly issuer: string; readonly sub: string }

export type RefusalKey = {
  readonly claimedIssuer: string | null
  readonly subject: CountedSubject | null
  readonly configured: boolean
  readonly code: string
  readonly source: Source
}

/** A key without a refusal for this long begins anew: its next refusal stands on its own again. */
const SILENCE_MS = 10_000
const MAX_WINDOWS = 1024
/** Issuers are free to invent, so only so many invented ones are told apart at a time. */
const MAX_UNCONFIGURED = 64
const MAX_SAMPLES = 3

/** The windows that are open, bounded whatever callers send. Pure but for its own map; no clock. */
export type RefusalWindows<Id> = {
  /** The window to count in, or null: this refusal is the first of its key and is written on its own. */
  open(key: RefusalKey, nowMs: number, newId: () => Id): RefusalWindow<Id> | null
  count(window: RefusalWindow<Id>, refusal: { source: Source; claimed: ClaimedFacts; atMs: number }): void
  /** Windows with something counted, emptied for the next summary; silent ones are forgotten. */
  drain(nowMs: number, newId: () => Id): readonly RefusalWindow<Id>[]
}

/** Makes an empty set of windows. */
export function createRefusalWindows<Id>(): RefusalWindows<Id> {
  const windows = new Map<string, RefusalWindow<Id>>()
  const unconfigured = new Map<string, number>()

  function forget(name: string, window: RefusalWindow<Id>): void {
    windows.delete(name)
    const left = (unconfigured.get(window.claimedIssuer ?? '') ?? 1) - 1
    if (left <= 0) unconfigured.delete(window.claimedIssuer ?? '')
    else unconfigured.set(window.claimedIssuer ?? '', left)
  }

  /** Beyond the bounds, everything of one code shares a window without issuer, subject and prefix. */
  function place(key: RefusalKey): Place & { readonly overflow: boolean } {
    const issuer = key.claimedIssuer
    const strange = issuer !== null && !key.configured && !unconfigured.has(issuer)
    const full = windows.size >= MAX_WINDOWS || (strange && unconfigured.size >= MAX_UNCONFIGURED)
    const { subject } = key
    const own = { claimedIssuer: issuer, subject, sourcePrefix: prefixOf(key.source.ip) }
    if (!full || windows.has(nameOf(key.code, own))) return { ...own, overflow: false }
    return { claimedIssuer: null, subject: null, sourcePrefix: '*', overflow: true }
  }

  return {
    open(key, nowMs, newId) {
      const { overflow, ...placed } = place(key)
      const { claimedIssuer } = placed
      const name = nameOf(key.code, placed)
      const found = windows.get(name)
      if (found !== undefined && (found.count > 0 || nowMs - found.touchedMs < SILENCE_MS)) {
        found.touchedMs = nowMs
        return found
      }
      if (found !== undefined) forget(name, found)
      const blank = { count: 0, firstMs: nowMs, lastMs: nowMs, touchedMs: nowMs, samples: [] }
      windows.set(name, { ...placed, code: key.code, id: newId(), ...blank })
      if (claimedIssuer !== null && !key.configured) {
        unconfigured.set(claimedIssuer, (unconfigured.get(claimedIssuer) ?? 0) + 1)
      }
      // What overflows is never "first": the bound would be none if each invented issuer bought a record.
      return overflow ? (windows.get(name) ?? null) : null
    },
    count(window, refusal) {
      if (window.count === 0) window.firstMs = refusal.atMs
      window.count += 1
      window.lastMs = refusal.atMs
      if (window.samples.length < MAX_SAMPLES) window.samples.push(refusal)
    },
    drain(nowMs, newId) {
      const full: RefusalWindow<Id>[] = []
      for (const [name, window] of windows) {
        if (window.count > 0) {
          full.push({ ...window, samples: [...window.samples] })
          window.id = newId()
          window.count = 0
          window.samples = []
        } else if (nowMs - window.touchedMs >= SILENCE_MS) forget(name, window)
      }
      return full
    },
  }
}

type Place = {
  readonly claimedIssuer: string | null
  readonly subject: CountedSubject | null
  readonly sourcePrefix: string
}

/** `code` and prefix hold no blank; issuer and subject are written so that no two pairs read the same. */
function nameOf(code: string, { claimedIssuer, subject, sourcePrefix }: Place): string {
  const who = subject === null ? (claimedIssuer ?? '') : JSON.stringify([subject.issuer, subject.sub])
  return `${code} ${sourcePrefix} ${who}`
}

/** The network that a source is counted with: /24 of IPv4, and of IPv6 what a customer is given (/56), or a site (/48). */
export function prefixOf(ip: string, ipv6Bits: 48 | 56 = 56): string {
  if (ip.includes('.')) return `${ip.split('.').slice(0, 3).join('.')}.0/24`
  const [head = '', tail] = ip.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [
    ...left,
    ...Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0'),
    ...right,
  ]
  if (ipv6Bits === 48) return `${groups.slice(0, 3).join(':')}::/48`
  const fourth = (Number.parseInt(groups[3] ?? '0', 16) & 0xff00).toString(16)
  return `${[...groups.slice(0, 3), fourth].join(':')}::/56`
}

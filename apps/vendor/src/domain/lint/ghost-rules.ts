import type { Ghost, GhostReason } from '../access/ghost.ts'
import { GHOST_REASONS } from '../access/ghost.ts'
import type { EvidenceFacts } from '../detect/detector.ts'
import { safeText } from '../safe-text.ts'
import { findings } from './findings.ts'
import type { Finding, Rule } from './rule.ts'

type GhostInput = { readonly reason: GhostReason; readonly count: number; readonly newest: Ghost }

const SESSION: Rule<GhostInput> = {
  id: 'ghost-session',
  severity: 'warning',
  about:
    'a store knows sessions of our identity that the log does not, or that should be over (docs/GHOSTS.md)',
  fix: 'look at `stint ghosts`; if nobody can say whose it is, deny all in the base policy and `stint target rekey --compromised`',
  find({ reason, count, newest }) {
    const { accessKeyId, sub, at, source } = newest
    const more = count === 1 ? '' : `, and ${count - 1} more`
    const from = source === null ? '' : ` from ${safeText(source, 64)}`
    const says = `${safeText(accessKeyId, 128)} (sub ${safeText(sub, 128)}), ${at}${from}${more}: ${GHOST_REASONS[reason]}`
    return [{ at: [], says }]
  },
}

/** As a detector's: the same thing has the same key, and says since when and by what it is there. */
export type GhostFinding = Finding & {
  readonly key: string
  readonly evidence: EvidenceFacts
  readonly firstSeen: string
}

/** What is open of ghosts, one finding for each target and reason. */
export function lintGhosts(
  open: readonly (GhostInput & { readonly target: string; readonly since: string })[],
): readonly GhostFinding[] {
  return open.flatMap(({ target, since, ...input }) => {
    const { reason, count, newest } = input
    const { id: ghost, by, uses, lastUsed, expires } = newest
    return findings(SESSION, input, { kind: 'target', name: target }).map((one) => ({
      ...one,
      key: `${SESSION.id}/target/${target}/${reason}`,
      evidence: { reason, sessions: count, ghost, by, uses, lastUsed, expires },
      firstSeen: since,
    }))
  })
}

export const GHOST_RULES = [SESSION]

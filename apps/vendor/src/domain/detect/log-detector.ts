import type { Detector, Sighting } from './detector.ts'
import { daysBetween } from './detector.ts'
import type { Scene } from './scene.ts'

const MINUTE_MS = 60_000

/** Whether the log itself can be believed. */
export const LOG_DETECTOR: Detector = {
  id: 'S19',
  rule: 'log-health',
  severity: 'warning',
  about:
    'the log has intents that nobody resolved, events that could not be written, no checkpoint for a quarter of an hour, an anchor that is behind for an hour, or a clock that was set',
  restsOn:
    'open intents; the counter of each process against the sequence of the log; the newest checkpoint; anchors as they answered; wall clock against monotonic clock, looked at in 64 places of each process of the last 92 days',
  fix: 'look what happened to the host and its disk then, and say so when the review asks (docs/LOG.md); each finding says more',
  folds: [],
  find: (scene) => [...openEnds(scene), ...broken(scene), ...behind(scene)],
}

function openEnds({ evidence }: Scene): readonly Sighting[] {
  const { nowMs, thresholds, log } = evidence
  const overdue = log.open.filter(
    ({ storeTokenExpiresMs }) => storeTokenExpiresMs + thresholds.overdueMinutes * MINUTE_MS <= nowMs,
  )
  return [...Map.groupBy(overdue, ({ target }) => target)].map(([target, open]): Sighting => {
    const until = new Date(Math.max(...open.map(({ latestExpiryMs }) => latestExpiryMs))).toISOString()
    const says = `${open.length} sessions at \`${target}\` were not handed out and are not known to be over`
    return {
      kind: 'log',
      name: 'audit',
      part: `open:${target}`,
      says,
      fix: `see whether the store answers, and what the process log says of ending sessions; they are over by themselves at ${until}`,
      evidence: { target, open: open.length, until },
    }
  })
}

function broken({ evidence }: Scene): readonly Sighting[] {
  const { nowMs, thresholds, log } = evidence
  const isRecent = ({ atMs }: { readonly atMs: number }) => daysBetween(atMs, nowMs) <= thresholds.logDays
  return [
    ...log.gaps.filter(isRecent).map(
      ({ afterSeq, missing, atMs }): Sighting => ({
        kind: 'log',
        name: 'audit',
        part: `gap:${afterSeq}`,
        says: `${missing} events after ${afterSeq} could not be written`,
        fix: 'the disk took nothing then: look what else happened; no credentials left, because nothing is answered that is not written',
        evidence: { after: afterSeq, missing, at: new Date(atMs).toISOString() },
      }),
    ),
    ...log.clockSteps.filter(isRecent).flatMap(({ afterSeq, seconds, atMs }): Sighting[] =>
      Math.abs(seconds) < thresholds.clockStepSeconds
        ? []
        : [
            {
              kind: 'log',
              name: 'audit',
              part: `clock:${afterSeq}`,
              severity: 'notice',
              says: `the clock moved by ${Math.round(seconds)} s after event ${afterSeq}`,
              fix: 'ask who set the clock of the host, or whether it slept; times of events around there are not to be compared',
              evidence: { after: afterSeq, seconds: Math.round(seconds), at: new Date(atMs).toISOString() },
            },
          ],
    ),
  ]
}

function behind({ evidence }: Scene): readonly Sighting[] {
  const { nowMs, thresholds, log } = evidence
  const uncovered = log.uncoveredMs === null ? 0 : Math.floor((nowMs - log.uncoveredMs) / MINUTE_MS)
  return [
    ...(uncovered < thresholds.checkpointMinutes
      ? []
      : [
          {
            kind: 'log',
            name: 'audit',
            part: 'checkpoint',
            says: `no checkpoint covers what was written ${uncovered} minutes ago`,
            fix: 'look in the process log why nothing is signed: the key of the log, or its disk',
            evidence: { minutes: uncovered },
          } as const,
        ]),
    ...log.anchorsBehind.flatMap(({ anchor, sinceMs }): Sighting[] => {
      const minutes = Math.floor((nowMs - sinceMs) / MINUTE_MS)
      const says = `the anchor ${anchor} could not be written for ${minutes} minutes`
      return minutes < thresholds.anchorMinutes
        ? []
        : [
            {
              ...{ kind: 'log', name: 'audit', part: `anchor:${anchor}`, says },
              fix: 'make the place writable again: until then nothing but this folder says what the log was',
              evidence: { anchor, minutes },
            },
          ]
    }),
  ]
}

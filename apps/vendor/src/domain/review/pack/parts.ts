import type { Actor } from '../../audit-event.ts'
import { REPORT_COLUMNS, reportCells } from '../report.ts'
import type { PackFacts, SealedReview } from './facts.ts'
import type { ItemFacts } from './item-facts.ts'
import { hoursToRevoke, keyAges, withMore } from './key-ages.ts'
import { logFindings } from './log-findings.ts'
import type { PackFormat } from './manifest.ts'
import type { Cell, Part, Table } from './part.ts'
import { SAMPLE } from './sample.ts'

/** The ten parts of an evidence pack in one of its forms. Pure: of the same facts the same words, for ever. */
export function partsOf(facts: PackFacts, format: PackFormat): readonly Part[] {
  if (format === 'stint-pack@v3') return partsOfV3(facts)
  const { rows, items } = { rows: facts.earlierRows, items: { ...facts.items, ...facts.items.earlier } }
  const earlier = { ...facts, rows, items }
  return format === 'stint-pack@v1' ? partsOfV1(earlier) : partsOfV3(earlier)
}

/**
 * Beside what the first form had: findings by detector, the age of keys, the time to revoke, and findings of the log. The
 * second form has the same parts; the third tells what two persons came to, where the others told what the last of them said.
 */
function partsOfV3(facts: PackFacts): readonly Part[] {
  const { review, rows, items } = facts
  const times = hoursToRevoke(items)
  return [
    scope(review),
    facts.population.prunedConfiguration === 0 ? population(facts) : prunedPopulation(facts),
    withMore(itemList(rows), { tables: [findingTable(items), ...keyAges(items, review.prepared.at)] }),
    noAnswers(items),
    withMore(remedies(items), { about: [times.about], tables: [times.table] }),
    exceptions(items),
    changes(facts),
    withMore(log(facts), logFindings(review)),
    duties(items),
    samples(facts),
  ]
}

function partsOfV1(facts: PackFacts): readonly Part[] {
  const { review, rows, items } = facts
  return [
    scope(review),
    population(facts),
    // It knew no detectors.
    itemList(
      rows.map((row) => ({ ...row, findings: row.findings.map((one) => ({ ...one, detector: null })) })),
    ),
    noAnswers(items),
    remedies(items),
    exceptions(items),
    changes(facts),
    log(facts),
    duties(items),
    samples(facts),
  ]
}

function itemList(rows: PackFacts['rows']): Part {
  return {
    name: '03-items',
    title: 'Items and decisions',
    about: [
      `${rows.length} items, each with what was decided, why, by whom and when.`,
      '03-snapshot.jsonl is every item as it was when the review was prepared; its SHA-256 is in the event review.prepared. 03-outcomes.jsonl is what became of each; its SHA-256 is in the event review.sealed.',
    ],
    tables: [{ suffix: '', columns: REPORT_COLUMNS, rows: rows.map(reportCells) }],
  }
}

function findingTable({ findings }: ItemFacts): Table {
  return table(
    ['n', 'kind', 'name', 'detector', 'rule', 'severity', 'message', 'fix'],
    findings.map(({ n, kind, name, finding }) => {
      const { detector, rule, severity, message, fix } = finding
      return [n, kind, name, detector, rule, severity, message, fix]
    }),
    '-findings',
  )
}

function table(columns: readonly string[], rows: readonly (readonly Cell[])[], suffix = ''): Table {
  return { suffix, columns, rows }
}

/** As everywhere in the pack: the person, and the identity that the token had. */
function actorText(actor: Actor | null): string | null {
  return actor === null ? null : `${actor.person} (${actor.issuer} ${actor.sub})`
}

function scope({ id, plan, drafted, prepared, started, due, closed, sealed }: SealedReview): Part {
  const { scope: of, period } = plan
  const listed = (list: readonly string[]) => (list.length === 0 ? 'all' : list.join(', '))
  const steps = { drafted, prepared, started, due, closed, sealed }
  return {
    name: '01-scope',
    title: 'Scope',
    about: [
      'What was reviewed, and how the list of it was made: every enabled mapping, issuer, target and administrator, and every accepted exception, of the configuration generation named here, of which the filters hold.',
    ],
    tables: [
      table(
        ['what', 'value'],
        [
          ['review', id],
          ['title', plan.title],
          ['period from', period.from],
          ['period to', period.to],
          ['frameworks', plan.frameworks.join(', ')],
          ...Object.entries(of).map(([name, list]) => [`filter ${name}`, listed(list)]),
          ['due', plan.dueAt],
          ['where nobody answers', plan.noResponse],
          ['reviewers an item, at least', plan.minReviewers],
          ['two reviewers where it may write to', plan.criticalBuckets.join(', ')],
          ['reviewers', listed(plan.reviewers)],
          ['fallback', plan.fallback],
          ['configuration generation', prepared.generation],
          ['configuration SHA-256', prepared.configurationHash],
          ['items', prepared.items],
          ...Object.entries(steps).map(([name, step]) => [
            name,
            step === null
              ? null
              : [step.at, `event ${step.seq}`, actorText(step.by) ?? 'by the service'].join(', '),
          ]),
          ['reason to close with failures', closed?.reason ?? null],
        ],
      ),
    ],
  }
}

function population({ population: { kinds, unlike, seen, pruned } }: PackFacts): Part {
  const rows = kinds.map(({ kind, configuration, snapshot, log: rebuilt }) => {
    const agrees =
      snapshot === configuration.inScope &&
      (rebuilt === null ||
        (rebuilt.enabled === configuration.enabled && rebuilt.disabled === configuration.disabled))
    const counted = [configuration.enabled, configuration.disabled, configuration.inScope, snapshot]
    return [kind, ...counted, rebuilt?.enabled ?? null, rebuilt?.disabled ?? null, agrees]
  })
  const orphans = seen.filter(({ place }) => place === 'ORPHAN').length
  return {
    name: '02-population',
    title: 'Completeness of the population',
    about: [
      'Counted three times: in the tables of the configuration when the review was prepared, in the snapshot, and in the configuration events of the log, read from the first on. Exceptions are lines of documents of which the log has the hash only, so the log counts none.',
      unlike.length === 0
        ? 'Every item is of the version and hash that the log has.'
        : `NOT of the version and hash that the log has: ${unlike.join(', ')}.`,
      `${seen.length} pairs of an issuer and a mapping decided something in the period; ${orphans} of them are orphans: no configuration event made them.`,
      ...prunedExchanges(pruned),
    ],
    tables: [
      table(
        [
          'kind',
          'enabled',
          'disabled',
          'in scope',
          'in the snapshot',
          'enabled by the log',
          'disabled by the log',
          'agrees',
        ],
        rows,
      ),
      table(
        ['issuer', 'mapping', 'exchanges in the period', 'where it is'],
        seen.map(({ issuer, mapping, events, place }) => [issuer, mapping, events, place]),
        '-seen',
      ),
    ],
  }
}

function prunedExchanges(pruned: number): readonly string[] {
  if (pruned === 0) return []
  return [
    `${pruned} events of exchanges in the period were pruned by their age before this was made: they are counted nowhere here.`,
  ]
}

/** What the log cannot count any more is counted by nobody, rather than wrongly. */
function prunedPopulation(facts: PackFacts): Part {
  const { kinds, seen, pruned, prunedConfiguration } = facts.population
  const blank = kinds.map((one) => ({ ...one, log: null }))
  const places = seen.map((one) => ({
    ...one,
    place: one.place === 'in the snapshot' ? one.place : ('cannot tell' as const),
  }))
  const part = population({
    ...facts,
    population: { kinds: blank, unlike: [], seen: places, pruned, prunedConfiguration },
  })
  const [counted = table([], []), ...more] = part.tables
  const agrees = counted.columns.indexOf('agrees')
  return {
    ...part,
    about: [
      `${prunedConfiguration} events of the configuration were pruned by their age before this was made: the log can count nothing any more, and nobody can tell from it which items it has and whether what was used is an orphan. What is below was counted in the tables of the configuration and in the snapshot alone.`,
      ...prunedExchanges(pruned),
    ],
    tables: [{ ...counted, rows: counted.rows.map((cells) => cells.with(agrees, null)) }, ...more],
  }
}

function noAnswers({ silent }: ItemFacts): Part {
  return {
    name: '04-no-answer',
    title: 'Items that nobody answered for',
    about: [`${silent.length} items had no answer by the due date. What was done is in the last columns.`],
    tables: [
      table(
        [
          'n',
          'kind',
          'name',
          'owner',
          'state',
          'suspended',
          'restored',
          'restored by',
          'rationale',
          'shown to be over',
        ],
        silent.map((one) => [
          one.n,
          one.kind,
          one.name,
          one.owner,
          one.state,
          one.suspendedAt,
          one.restoredAt,
          actorText(one.restoredBy),
          one.rationale,
          one.overAt,
        ]),
      ),
    ],
  }
}

const HOUR_MS = 3_600_000

function remedies({ remedies: all }: ItemFacts): Part {
  return {
    name: '05-remediation',
    title: 'What was taken away, and the proof',
    about: [
      'Of each: the generation of the configuration with the change, the revocation that ended its sessions, and how it was shown to be over: by a subject made of the mapping’s own conditions, which what stands refuses. The events are in log-events.jsonl with proofs that they are in the tree.',
    ],
    tables: [
      table(
        [
          'n',
          'kind',
          'name',
          'state',
          'verdict',
          'decided',
          'made so',
          'how',
          'generation',
          'version',
          'revocation',
          'sessions found',
          'sessions shown to be over',
          'shown to be over',
          'by',
          'holds',
          'answer to the subject',
          'code',
          'sessions left',
          'hours from decision to proof',
          'failed with',
        ],
        all.map(({ n, kind, name, state, verdict, decidedAt, remediation, proof }) => [
          ...[n, kind, name, state, verdict, decidedAt],
          ...[remediation?.at ?? null, remediation?.how ?? null, remediation?.generation ?? null],
          ...[remediation?.version ?? null, remediation?.revocation ?? null],
          ...[remediation?.sessions?.found ?? null, remediation?.sessions?.proved ?? null],
          ...[proof?.at ?? null, proof?.by ?? null, proof?.holds ?? null, proof?.outcome ?? null],
          ...[proof?.code ?? null, proof?.live ?? null],
          hoursBetween(decidedAt, proof?.at ?? null),
          remediation?.detail ?? null,
        ]),
      ),
    ],
  }
}

function hoursBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null
  return Math.round(((Date.parse(to) - Date.parse(from)) / HOUR_MS) * 100) / 100
}

function exceptions({ exceptions: all }: ItemFacts): Part {
  return {
    name: '06-exceptions',
    title: 'Exceptions',
    about: [
      'Codes that a role or target lives with, and decisions that were put off. An accepted code has no date of its own: it is an item of every review until it is taken out.',
    ],
    tables: [
      table(
        ['n', 'kind', 'name', 'what', 'until', 'state', 'by', 'second person', 'rationale'],
        all.map(({ n, kind, name, what, until, state, by, second, rationale }) => [
          ...[n, kind, name, what, until, state],
          ...[actorText(by), actorText(second), rationale],
        ]),
      ),
    ],
  }
}

function changes({ changes: all, review }: PackFacts): Part {
  return {
    name: '07-changes',
    title: 'Changes between snapshot and seal',
    about: [
      `Every change of the configuration after event ${review.prepared.seq} and before event ${review.sealed.seq}, those that the review itself made among them.`,
    ],
    tables: [
      table(
        ['event', 'at', 'generation', 'author', 'approver', 'kind', 'name', 'action', 'version'],
        all.map((one) => [
          ...[one.seq, one.at, one.generation, actorText(one.author), actorText(one.approver)],
          ...[one.kind, one.name, one.action, one.version],
        ]),
      ),
    ],
  }
}

function log({ log: { start, end, consistency, events } }: PackFacts): Part {
  const counted = [...events].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return {
    name: '08-log',
    title: 'The log',
    about: [
      'The tree of the log when the review was prepared and when it was sealed; the second goes on from the first (RFC 6962 §2.1.2; log-checkpoints.json has the proof and the signed checkpoint). Each event in log-events.jsonl and 10-sample-events.jsonl comes with the proof that it is in the second tree. What is written here was checked when the pack was made; check it again: stint audit verify, or tools/verify/stint_verify_pack.py.',
    ],
    tables: [
      table(
        ['check', 'result'],
        [
          ['tree when prepared', `${start.size} events, root ${start.root}`],
          ['tree when sealed', `${end.size} events, root ${end.root}`],
          ['the second goes on from the first', `proved by ${consistency.length} hashes`],
          ...counted.map(([type, count]) => [`${type} in the second tree`, `${count} proved`]),
        ],
      ),
    ],
  }
}

function duties({ duties: all }: ItemFacts): Part {
  const breaches = all.filter(({ breach }) => breach !== null).length
  return {
    name: '09-duties',
    title: 'Separation of duties',
    about: [
      `${all.length} decisions were held against who wrote and who approved what stood, and against who had decided before; ${breaches} breaches. Two identities are one person where the log gives them the same person or the same subject.`,
    ],
    tables: [
      table(
        ['event', 'n', 'kind', 'name', 'verdict', 'reviewer', 'breach'],
        all.map(({ seq, n, kind, name, verdict, by, breach }) => [
          ...[seq, n, kind, name, verdict, actorText(by), breach],
        ]),
      ),
    ],
  }
}

function samples({ samples: all, log: { end } }: PackFacts): Part {
  return {
    name: '10-sample',
    title: 'Random sample',
    about: [
      `Of the period, up to the seal: ${all.map(({ of, population: count }) => `${count} ${of}s`).join(', ')}. Take the first 25, 40 or ${SAMPLE}: they are in random order. An event’s ticket is SHA-256 of the text “${end.root} <event>”; the lowest tickets are drawn.`,
      'The events are in 10-sample-events.jsonl, a grant with the intent that says on what it rests, each with the proof that it is in the tree.',
    ],
    tables: [
      table(
        ['of', 'draw', 'event', 'at', 'type', 'what', 'ticket'],
        all.flatMap(({ of, drawn }) =>
          drawn.map(({ seq, at, type, what, ticket }, index) => [of, index + 1, seq, at, type, what, ticket]),
        ),
      ),
    ],
  }
}

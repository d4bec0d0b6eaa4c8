import type { ExplainedMapping } from '../domain/explanation.ts'
import type { Nearness } from '../domain/nearness.ts'
import { conditionInWords } from '../domain/nearness-words.ts'

/** A mapping, claim by claim: what holds, what stands in the way, and what would take it away. */
export function describeNearness(one: Nearness & Pick<ExplainedMapping, 'inTheWay'>): readonly string[] {
  const { name, version, role, mode, admits, standing, conditions, inTheWay } = one
  const verdict = admits
    ? 'matches'
    : inTheWay.length === 1
      ? 'one thing in the way'
      : `${inTheWay.length} things in the way`
  return [
    `mapping \`${name}\` version ${version}, ${mode}, role \`${role}\`: ${verdict}`,
    ...inTheWay.slice(0, standing.length).map(({ says }) => `  ✗ ${says}`),
    ...conditions.map(
      (condition) =>
        `  ${condition.obstacle === null ? '✓' : condition.obstacle === 'not_recorded' ? '?' : '✗'} ${condition.member}: ${conditionInWords(condition)}`,
    ),
    ...inTheWay.map(({ mend }) => `  → ${mend}`),
  ]
}

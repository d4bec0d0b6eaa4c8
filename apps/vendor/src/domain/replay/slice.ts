import type { SubjectFacts } from '../audit-event.ts'

/** What is read of a recorded decision without reading all of it. */
export type SlicedDecision = {
  readonly generation: number
  /** JSON: a text or null. */
  readonly roleAsked: string
  readonly askedSeconds: number | null
  readonly narrowed: boolean
  /** Assumed from a session of ours: it rests on what that one rested on. */
  readonly chained: boolean
  /** JSON of the subject. */
  readonly subject: string
}

/**
 * Cuts a decision out of the canonical bytes of an `assume.intent` or `assume.refused`, or null where it has no decision
 * on a verified subject. A million of these are read in seconds, and reading each as JSON takes longer than everything else.
 *
 * Members of a canonical object stand sorted, and a quote inside a text is escaped; so the first `"decision":` is the
 * event's own, its `roleAsked` stands before `sessionPolicySha256`, and of what follows it `subject` comes first.
 */
export function sliceDecision(body: string): SlicedDecision | null {
  const decision = body.indexOf('"decision":{')
  if (decision < 0) return null
  const roleFrom = body.indexOf('"roleAsked":', decision) + 12
  const roleEnd = body.indexOf(',"sessionPolicySha256":', roleFrom)
  const subjectAt = body.indexOf('"subject":{', roleEnd)
  const end = body.lastIndexOf(',"type":"assume.')
  if (roleEnd < 0 || subjectAt < 0 || end < subjectAt) return null
  const lifetime = body.indexOf('"askedSeconds":', decision) + 15
  const asked = Number.parseInt(body.slice(lifetime, lifetime + 16), 10)
  return {
    generation: Number.parseInt(after(body, '"generation":', decision), 10),
    roleAsked: body.slice(roleFrom, roleEnd),
    askedSeconds: Number.isNaN(asked) ? null : asked,
    narrowed: !after(body, '"narrowedBy":', decision).startsWith('null'),
    chained: body.slice(0, decision).includes('"chain":['),
    subject: body.slice(subjectAt + 10, end),
  }
}

function after(body: string, member: string, from: number): string {
  const at = body.indexOf(member, from) + member.length
  return body.slice(at, at + 16)
}

/** The subject of a slice. */
export function subjectOf({ subject }: SlicedDecision): SubjectFacts {
  return JSON.parse(subject) as SubjectFacts // written by us, canonical: the member of that name
}

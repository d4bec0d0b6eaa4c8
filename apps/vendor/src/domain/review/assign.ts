import type { Actor } from '../audit-event.ts'
import { personKey } from '../person.ts'
import type { DutyFacts } from './duty.ts'
import type { ReviewPlan } from './review.ts'

/** Of an item, whether that person may decide over it at all. */
export type MayReview = (person: string, facts: Pick<DutyFacts, 'makers' | 'holder'>) => boolean

/**
 * Gives items to the persons of a plan in turn: to the owner where the owner is one of them, else to whoever has the
 * fewest, and never to somebody whose duty forbids it. Nobody left: to the fallback; none: to whoever has the admin role.
 * The same input, the same answer.
 */
export function assigner(
  plan: Pick<ReviewPlan, 'reviewers' | 'fallback'>,
  mayReview: MayReview,
): (
  item: Pick<DutyFacts, 'makers' | 'holder'> & { readonly owner: string | null; readonly required: 1 | 2 },
) => readonly string[] {
  const load = new Map<string, number>()
  // One person in two spellings is no second pair of eyes.
  const reviewers = [...Map.groupBy(plan.reviewers, personKey).values()].flatMap((same) => same.slice(0, 1))
  return (item) => {
    const able = reviewers.filter((person) => mayReview(person, item))
    const isOwner = (person: string) => item.owner !== null && personKey(person) === personKey(item.owner)
    const chosen = able
      .toSorted(
        (a, b) =>
          Number(isOwner(b)) - Number(isOwner(a)) ||
          (load.get(a) ?? 0) - (load.get(b) ?? 0) ||
          reviewers.indexOf(a) - reviewers.indexOf(b),
      )
      .slice(0, item.required)
    for (const person of chosen) load.set(person, (load.get(person) ?? 0) + 1)
    if (chosen.length === item.required) return chosen
    const { fallback } = plan
    const isMore =
      fallback !== null &&
      !chosen.some((person) => personKey(person) === personKey(fallback)) &&
      mayReview(fallback, item)
    const all = isMore ? [...chosen, fallback] : chosen
    // Fewer persons than it takes would never be enough: then it is for whoever has the role.
    return all.length < item.required ? [] : all
  }
}

/** Whose an admin binding is, as an actor; its issuer by url where that stands. */
export function holderOf(
  body: { readonly issuer: string; readonly sub: string; readonly person: string },
  urlOf: (issuer: string) => string | null,
): Actor {
  return { issuer: urlOf(body.issuer) ?? body.issuer, sub: body.sub, person: body.person }
}

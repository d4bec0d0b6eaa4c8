import type { SubjectFacts } from '../audit-event.ts'
import { canonicalize } from '../canonical.ts'
import { cutSubject } from './cut-subject.ts'
import type { SlicedDecision } from './slice.ts'
import { subjectOf } from './slice.ts'
import type { TellingPaths } from './telling-paths.ts'

/** The subject of a decision, read as far as it takes to know whether one like it was decided before. */
export type ReadSubject = {
  readonly issuer: string
  readonly url: string
  readonly sub: string
  /** What deciding rests on, as text on one line: equal ones are decided alike. */
  restsOn(telling: TellingPaths): string
  /** All of it. */
  facts(): SubjectFacts
}

/** Cuts where that is safe, and reads the JSON where it is not: both say the same. */
export function readSubject(sliced: SlicedDecision): ReadSubject {
  const cut = cutSubject(sliced.subject)
  if (cut === null) return wholeSubject(subjectOf(sliced))
  const { issuer, url, sub, aud, azp, jti, alg, claims } = cut
  return {
    ...{ issuer, url, sub },
    restsOn(telling) {
      const has = telling.of(url)
      const whose = `${has('"sub"') ? `"${sub}"` : ''} ${has('"azp"') ? azp : ''} ${has('"jti"') ? jti : jti === 'null'}`
      let rests = `"${url}" ${aud} "${alg}" ${whose}`
      for (const { path, value } of claims) if (has(path)) rests += ` [${path}] ${value}`
      return rests
    },
    facts: () => subjectOf(sliced),
  }
}

function wholeSubject(facts: SubjectFacts): ReadSubject {
  const { issuer, sub, aud, azp, jti, token, claims } = facts
  const { name, url } = issuer
  return {
    ...{ issuer: name, url, sub },
    restsOn(telling) {
      const has = telling.of(url)
      const whose = `${has('"sub"') ? canonicalize(sub) : ''} ${has('"azp"') ? canonicalize(azp) : ''} ${has('"jti"') ? canonicalize(jti) : jti === null}`
      let rests = `${canonicalize(url)} ${canonicalize(aud)} ${canonicalize(token.alg)} ${whose}`
      for (const { path, value } of claims) {
        const steps = canonicalize(path).slice(1, -1)
        if (has(steps)) rests += ` [${steps}] ${canonicalize(value)}`
      }
      return rests
    },
    facts: () => facts,
  }
}

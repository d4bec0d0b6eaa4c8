import type { SubjectFacts } from '../audit-event.ts'
import { canonicalize } from '../canonical.ts'
import { type CutSubject, cutSubject } from './cut-subject.ts'
import type { TellingPaths } from './telling-paths.ts'

/** The members of a subject, cut where that is safe and read from its JSON where it is not: both say the same. */
export function readSubject(subject: string): CutSubject {
  return cutSubject(subject) ?? membersOf(JSON.parse(subject))
}

function membersOf({ issuer, sub, aud, azp, jti, token, claims }: SubjectFacts): CutSubject {
  return {
    ...{ issuer: issuer.name, url: issuer.url, sub, alg: token.alg },
    ...{ aud: canonicalize(aud), azp: canonicalize(azp), jti: canonicalize(jti) },
    claims: claims.map(({ path, value }) => ({
      path: canonicalize(path).slice(1, -1),
      value: canonicalize(value),
    })),
  }
}

/** What deciding for a subject rests on, as text on one line: equal ones are decided alike. */
export function restsOn(subject: CutSubject, telling: TellingPaths): string {
  const { url, sub, aud, azp, jti, alg, claims } = subject
  const has = telling.of(url)
  const whose = `${has('"sub"') ? canonicalize(sub) : ''} ${has('"azp"') ? azp : ''} ${has('"jti"') ? jti : jti === 'null'}`
  let rests = `${canonicalize(url)} ${aud} ${canonicalize(alg)} ${whose}`
  for (const { path, value } of claims) if (has(path)) rests += ` [${path}] ${value}`
  return rests
}

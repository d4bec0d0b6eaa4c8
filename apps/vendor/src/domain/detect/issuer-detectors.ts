import type { Detector, Sighting } from './detector.ts'
import { dayOf, daysBetween } from './detector.ts'
import type { IssuerKey } from './evidence.ts'
import type { Scene } from './scene.ts'

/** Words that say nothing of whom a token is for. */
const GENERIC =
  /^(\*|api|app|aws|client|default|internal|minio|oidc|s3|service|sts|test|user|users|vault|web)$/i
/** Why a key is too weak to be believed (`jwks.key_refused`). */
const WEAK = new Set(['modulus_size', 'modulus', 'exponent', 'roca', 'small_order', 'private'])
/** A key that was refused so long ago, and not since, is not there any more. */
const REFUSED_DAYS = 92

/** The issuers themselves: whom their tokens are for, and which keys sign them. */
export const ISSUER_DETECTORS: readonly Detector[] = [
  {
    id: 'S09',
    rule: 'audience-generic',
    severity: 'warning',
    about: 'an audience that others use as well: whoever is sent such a token can show it here',
    restsOn: 'the audiences of the issuer, and the addresses of the targets',
    fix: 'take an audience that only this server has, such as its URL',
    folds: ['audience-of-others'],
    find: ({ issuers, targets }) => {
      const stores = new Map(targets.map(({ name, body }) => [body.endpoint, name] as const))
      return issuers.flatMap(({ name, body }) =>
        body.audiences.flatMap((audience, index): Sighting[] => {
          const store = stores.get(audience.replace(/\/$/, ''))
          const says = GENERIC.test(audience)
            ? 'an audience that any service may have'
            : store === undefined
              ? null
              : `tokens that are meant for the store \`${store}\` itself are taken`
          return says === null ? [] : [{ kind: 'issuer', name, at: ['audiences', index], says, evidence: {} }]
        }),
      )
    },
  },
  {
    id: 'S13',
    rule: 'issuer-keys',
    severity: 'warning',
    about:
      'an issuer publishes a weak key, gave one `kid` to two keys, or signs with the same keys for more than a year (that is a notice)',
    restsOn: 'the keys as they were seen and refused (`jwks.*`), remembered over restarts',
    fix: 'ask whoever runs the issuer to rotate its keys, each with a `kid` of its own',
    folds: [],
    find: (scene) => scene.issuers.flatMap(({ name }) => keysOf(scene, name)),
  },
]

function keysOf(scene: Scene, name: string): readonly Sighting[] {
  const keys = scene.evidence.issuerKeys.filter(({ issuer }) => issuer === name)
  return [...weakOf(scene, name, keys), ...doubleOf(scene, name, keys), ...oldOf(scene, name, keys)]
}

function weakOf({ evidence }: Scene, name: string, keys: readonly IssuerKey[]): readonly Sighting[] {
  return keys.flatMap(({ kid, refused, lastMs, goneMs }): Sighting[] => {
    if (refused === null || goneMs !== null || daysBetween(lastMs, evidence.nowMs) > REFUSED_DAYS) return []
    const called = kid === null ? 'a key without a kid' : `the key \`${kid}\``
    const seen = { kid, reason: refused, seen: dayOf(lastMs) }
    if (refused === 'kid_twice')
      return [sighting(name, `kid:${kid}`, `two keys have the kid \`${kid}\`; neither is taken`, seen)]
    return WEAK.has(refused) ? [sighting(name, `weak:${kid}`, `${called} was refused: ${refused}`, seen)] : []
  })
}

/** A kid that is given again makes whoever keeps keys by their kid verify with the wrong one. */
function doubleOf({ evidence }: Scene, name: string, keys: readonly IssuerKey[]): readonly Sighting[] {
  const good = keys.filter(
    ({ kid, refused, thumbprint }) => kid !== null && refused === null && thumbprint !== null,
  )
  return [...Map.groupBy(good, ({ kid }) => kid ?? '')].flatMap(([kid, same]): Sighting[] => {
    const newest = same.toSorted((a, b) => b.firstMs - a.firstMs)[0]
    if (newest === undefined || same.length < 2) return []
    if (daysBetween(newest.firstMs, evidence.nowMs) > REFUSED_DAYS) return []
    const seen = { kid, keys: same.length, since: dayOf(newest.firstMs) }
    return [sighting(name, `again:${kid}`, `the kid \`${kid}\` was given to another key`, seen)]
  })
}

/** Only what was seen again after a year says that it is the same: of an issuer that nobody used nothing is known. */
function oldOf({ evidence, mappings }: Scene, name: string, keys: readonly IssuerKey[]): readonly Sighting[] {
  const good = keys.filter(({ refused, goneMs }) => refused === null && goneMs === null)
  if (good.length === 0) return []
  const uses = mappings.flatMap(({ body, use }) => (body.issuer === name ? (use?.ever?.lastMs ?? []) : []))
  const seenMs = Math.max(...good.map(({ lastMs }) => lastMs), ...uses)
  const newestMs = Math.max(...good.map(({ firstMs }) => firstMs))
  const days = daysBetween(newestMs, Math.min(seenMs, evidence.nowMs))
  if (days < evidence.thresholds.keysUnchangedDays) return []
  const says = `no new key in ${days} days`
  // Nothing is broken by it, and those who find it are seldom those who can rotate.
  const seen = { newest: dayOf(newestMs), seen: dayOf(seenMs), days }
  return [{ ...sighting(name, 'unchanged', says, seen), severity: 'notice' }]
}

function sighting(name: string, part: string, says: string, evidence: Sighting['evidence']): Sighting {
  return { kind: 'issuer', name, part, says, evidence }
}

import type { Configuration } from '../configuration.ts'
import type { Role } from '../role.ts'
import type { ClaimPath } from '../subject.ts'

/** The claims of an issuer's tokens that mappings or roles name: no other makes a difference. */
export type TellingPaths = {
  /** Whether the claim of that issuer at that path tells: `steps` is its JSON without the brackets. */
  of(url: string): (steps: string) => boolean
}

/** A configuration records few paths, and a log many; what is beyond is looked at each time. */
const MOST_KNOWN = 10_000

/** Those of all of these configurations together. */
export function tellingPaths(configurations: readonly Configuration[]): TellingPaths {
  const named = pathsByIssuer(configurations)
  const known = new Map<string, (steps: string) => boolean>()
  return {
    of(url) {
      const found = known.get(url)
      if (found !== undefined) return found
      const made = tellingOf(named.get(url) ?? new Set())
      if (known.size < MOST_KNOWN) known.set(url, made)
      return made
    },
  }
}

function tellingOf(named: ReadonlySet<string>): (steps: string) => boolean {
  const known = new Map<string, boolean>()
  return (steps) => {
    const found = known.get(steps)
    if (found !== undefined) return found
    const made = isTelling(JSON.parse(`[${steps}]`), named)
    if (known.size < MOST_KNOWN) known.set(steps, made)
    return made
  }
}

function pathsByIssuer(configurations: readonly Configuration[]): ReadonlyMap<string, ReadonlySet<string>> {
  const named = new Map<string, Set<string>>()
  for (const { issuers, mappings, roles } of configurations) {
    for (const [url, { name }] of issuers) {
      const paths = named.get(url) ?? new Set<string>()
      named.set(url, paths)
      const add = ({ path }: { readonly path: ClaimPath }) => paths.add(placeOfPath(path))
      const mine = mappings.get(name)
      for (const { when, unless } of mine?.all ?? []) for (const one of [...when, ...unless]) add(one)
      for (const role of mine?.byRole.keys() ?? [])
        for (const path of pathsOfRole(roles.get(role))) add({ path })
    }
  }
  return named
}

function pathsOfRole(role: Role | undefined): readonly ClaimPath[] {
  return role === undefined ? [] : [...role.never.map(({ path }) => path), ...role.sessionPolicy.claims]
}

/** A recorded claim tells where it is named, is within what is named, or something named is within it. */
function isTelling(path: ClaimPath, named: ReadonlySet<string>): boolean {
  const place = placeOfPath(path)
  for (const one of named) {
    if (one === place || one.startsWith(`${place}\n`) || place.startsWith(`${one}\n`)) return true
  }
  return false
}

function placeOfPath(path: ClaimPath): string {
  return path.join('\n')
}

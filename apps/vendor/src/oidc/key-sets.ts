import type { Issuer } from '../domain/issuer.ts'
import type { KeySet } from './key-set.ts'

/** How the keys of one issuer stand: `KeySet.standing`. */
export type KeySetStanding = { readonly issuer: string } & ReturnType<KeySet['standing']>

export type KeySets = {
  /** The key set of an issuer: always the same one, until what leads to its keys is changed. */
  of(issuer: Issuer): KeySet
  /** Those that were asked for, by the issuer's name. */
  standings(): readonly KeySetStanding[]
  close(): Promise<void>
}

type Held = { readonly issuer: Issuer; readonly source: string; readonly keys: KeySet }

/**
 * The key sets in use, one a configured issuer. An issuer whose address, key source or allowed ranges change gets a new
 * set at once, so that no key fetched under the old ones serves the new. Sets of issuers that are gone or disabled are
 * let go when another is made. No other set is: the configuration bounds them, and one that was let go would come back
 * without its cooldown, so that tokens of many issuers in turn would be a fetch each.
 */
export function createKeySets(
  make: (issuer: Issuer) => KeySet,
  issuerByUrl: (iss: string) => Issuer | undefined,
): KeySets {
  const held = new Map<string, Held>()

  function drop(url: string): void {
    void held.get(url)?.keys.close()
    held.delete(url)
  }

  function sweep(): void {
    for (const url of held.keys()) if (issuerByUrl(url)?.enabled !== true) drop(url)
  }

  function of(issuer: Issuer): KeySet {
    const { url } = issuer
    const had = held.get(url)
    if (had?.issuer === issuer) return had.keys
    const source = sourceOf(issuer)
    if (had?.source === source) {
      held.set(url, { ...had, issuer })
      return had.keys
    }
    drop(url)
    sweep()
    const keys = make(issuer)
    held.set(url, { issuer, source, keys })
    return keys
  }

  return {
    of,
    standings: () =>
      [...held.values()].map(({ issuer, keys }) => ({ issuer: issuer.name, ...keys.standing() })),
    async close() {
      await Promise.all([...held.values()].map(({ keys }) => keys.close()))
    },
  }
}

/** What decides which keys an issuer has. */
function sourceOf({ name, url, jwksUri, allowPrivateAddresses }: Issuer): string {
  return JSON.stringify([name, url, jwksUri, allowPrivateAddresses])
}

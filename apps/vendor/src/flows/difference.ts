import { differenceOf } from '../domain/difference.ts'
import type { ResourceKind } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { ResourceStore } from '../ports.ts'

/** What differs between two versions of one resource, in words. Throws `not_found` where one of them never stood. */
export async function differenceBetween(
  store: Pick<ResourceStore, 'version'>,
  of: { readonly kind: ResourceKind; readonly name: string; readonly from: number; readonly to: number },
): Promise<{ from: number; to: number; lines: readonly string[]; widens: readonly string[] }> {
  const [from, to] = await Promise.all(
    [of.from, of.to].map((version) => store.version(of.kind, of.name, version)),
  )
  if (!from || !to) throw new VendorError('not_found')
  return { from: of.from, to: of.to, ...differenceOf(from, to) }
}

/** An object's version as `ListObjectVersions` names it. */
export type ListedVersion = { readonly key: string; readonly version: string; readonly bytes: number }

export type ListedVersions = {
  readonly versions: readonly ListedVersion[]
  /** Where the listing goes on, or null. */
  readonly next: { readonly key: string; readonly version: string } | null
}

/** What stands in an answer of `ListObjectVersions`, in its order; delete markers are no versions. */
export function readVersions(xml: string): ListedVersions {
  const versions = [...xml.matchAll(/<Version>(.*?)<\/Version>/gs)].map(([, one = '']) => ({
    key: member(one, 'Key'),
    version: member(one, 'VersionId'),
    bytes: Number(member(one, 'Size') || Number.POSITIVE_INFINITY),
  }))
  const isCut = member(xml, 'IsTruncated') === 'true'
  const next = { key: member(xml, 'NextKeyMarker'), version: member(xml, 'NextVersionIdMarker') }
  return { versions, next: isCut ? next : null }
}

function member(xml: string, name: string): string {
  const [, text = ''] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? []
  return text.replace(/&(amp|lt|gt|quot|apos|#39|#34);/g, (entity) => ENTITIES[entity] ?? entity)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#34;': '"',
}

import type { ResourceKind } from '../../domain/resource.ts'
import { differenceBetween } from '../../flows/difference.ts'
import type { ResourceStore } from '../../ports.ts'
import { type Html, html, NOTHING } from '../html.ts'
import { authorName, own } from '../text.ts'
import type { View } from '../view.ts'
import { badge, list, when } from './pieces.ts'
import { ticked } from './ticked.ts'

const SHOWN = 8

/** The newest versions of a resource, who made each, and what the chosen one changed. */
export async function versionsPart(
  store: Pick<ResourceStore, 'versions' | 'version'>,
  of: { readonly view: View; readonly kind: ResourceKind; readonly name: string },
): Promise<Html> {
  const { view, kind, name } = of
  const versions = await store.versions(kind, name, { before: null, limit: SHOWN })
  const asked = Number(view.query.get('version') ?? versions[0]?.version)
  const chosen = versions.some(({ version }) => version === asked) ? asked : (versions[0]?.version ?? 1)
  const diff =
    chosen > 1 ? await differenceBetween(store, { kind, name, from: chosen - 1, to: chosen }) : null
  const items = versions.map(
    ({
      version,
      state,
      author,
      atMs,
    }) => html`<a href="?version=${version}"${version === chosen ? html` aria-current="true"` : NOTHING}>Version ${version}</a>
${state === 'disabled' ? badge('quiet', 'disabled') : NOTHING} <span class="sub">${when(atMs, view.nowMs)} by ${authorName(author)}</span>`,
  )
  const changed =
    diff === null
      ? html`<p class="note">The first version.</p>`
      : html`<h3>What version ${chosen} changed</h3>${
          diff.lines.length === 0
            ? html`<p>Only whether it is enabled.</p>`
            : list(
                diff.lines.map((line) => ticked(own(line))),
                'diff',
              )
        }
${diff.widens.length === 0 ? NOTHING : html`<p>${badge('warn', 'it widened')}</p>${list(diff.widens.map((one) => ticked(own(one))))}`}`
  return html`${list(items, 'versions')}${changed}`
}

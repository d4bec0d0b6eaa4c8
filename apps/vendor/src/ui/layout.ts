import { type Html, html, NOTHING } from './html.ts'
import type { Site } from './site.ts'
import { own } from './text.ts'
import type { PageContent, Section, View } from './view.ts'

/** Paths of the files that a page loads. */
export type AssetPaths = { readonly style: string; readonly script: string; readonly icon: string }

/** Each place with the operation that it rests on: who may not do that does not see it. */
const PLACES: readonly (readonly [section: Section, path: string, words: string, operation: string])[] = [
  ['overview', '', 'Overview', 'getSelf'],
  ['mappings', '/mappings', 'Mappings', 'listMappings'],
  ['trust', '/trust', 'Trust', 'listMappings'],
  ['findings', '/findings', 'Findings', 'listFindings'],
  ['changes', '/changes', 'Changes', 'listChanges'],
  ['reviews', '/reviews', 'Reviews', 'listReviews'],
  ['log', '/log', 'Log', 'listEvents'],
  ['roles', '/roles', 'Roles', 'listRoles'],
  ['issuers', '/issuers', 'Issuers', 'listIssuers'],
  ['targets', '/targets', 'Targets', 'listTargets'],
]

/** A page of somebody who is signed in. */
export function wholePage(view: View, assets: AssetPaths, content: PageContent): Html {
  return document(
    view.site,
    assets,
    content.title,
    html`<a class="skip" href="#main">Skip to content</a>
<header class="bar">
<a class="brand" href="${view.site.to('')}">${mark()}<span>Stint</span></a>
<nav aria-label="Main"><ul>${PLACES.filter(([, , , operation]) => view.may(operation)).map(
      ([section, path, words]) =>
        html`<li><a href="${view.site.to(path)}"${section === content.section ? html` aria-current="page"` : NOTHING}>${words}</a></li>`,
    )}</ul></nav>
<form class="who" method="post" action="${view.site.to('/logout')}"><span title="${own(view.actor.person, 256)}: ${view.roles.join(', ')}">${own(view.actor.person, 128)}</span>
<input type="hidden" name="csrf" value="${view.session.csrf}"><button class="quiet">Sign out</button></form>
</header>
<main id="main" tabindex="-1">${content.body}</main>`,
  )
}

/** A page of somebody who is not signed in: one card. */
export function lonePage(site: Site, assets: AssetPaths, content: Pick<PageContent, 'title' | 'body'>): Html {
  return document(
    site,
    assets,
    content.title,
    html`<main id="main" class="lone"><div class="card">
<p class="brand">${mark()}<span>Stint</span></p>
${content.body}</div></main>`,
  )
}

function document(site: Site, assets: AssetPaths, title: string, body: Html): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${own(title, 160)} · Stint</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="${site.to(assets.icon)}" type="image/svg+xml"><link rel="stylesheet" href="${site.to(assets.style)}">
<script src="${site.to(assets.script)}" type="module"></script></head>
<body>${body}</body></html>`
}

/** Two arcs around a point: a stay that begins and ends. */
function mark(): Html {
  return html`<svg class="mark" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="M10 2a8 8 0 0 1 8 8M10 18a8 8 0 0 1-8-8" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/><circle cx="10" cy="10" r="3" fill="currentColor"/></svg>`
}

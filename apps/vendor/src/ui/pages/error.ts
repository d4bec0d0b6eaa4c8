import type { VendorError } from '../../errors.ts'
import { errorRow } from '../../errors.ts'
import type { RequestId } from '../../ids.ts'
import { type Html, html, NOTHING } from '../html.ts'
import type { Site } from '../site.ts'
import { foreign, sentence } from '../text.ts'
import type { View } from '../view.ts'

type Failed = { readonly error: VendorError; readonly request: RequestId }

const TITLES: Readonly<Record<number, string>> = {
  401: 'You are signed out',
  403: 'Not allowed',
  404: 'Nothing here',
  409: 'It changed meanwhile',
  412: 'It changed meanwhile',
  503: 'Not available just now',
}

/** What went wrong, for an administrator: the code's own words, the part of the request, and the id that leads on. */
export function errorBody(
  { site, roles }: Pick<View, 'site' | 'roles'>,
  { error, request, isChange }: Failed & { readonly isChange: boolean },
): Html {
  const row = errorRow(error.code)
  const says =
    error.code === 'admin_forbidden'
      ? html`Your roles do not allow this: ${roles.join(', ')}`
      : sentence(row.status < 500 ? row.operatorText : row.text)
  const named = error.facts['parameter'] ?? error.facts['member']
  const at = typeof named === 'string' ? html`: <code>${foreign(named)}</code>` : NOTHING
  return html`<h1>${titleOf(row.status)}</h1>
<p class="lead">${says}${at}.</p>
<p>${isChange ? 'Nothing was changed. ' : ''}<a href="${site.to('')}">Back to the overview</a></p>
<p class="note">Request <code>${request}</code>, ${error.code}</p>`
}

/** The same for somebody who is not signed in, or holds no role: the class of it and no more. */
export function strangerBody(site: Site, { error, request }: Failed): Html {
  const { status, text, class: of } = errorRow(error.code)
  return html`<h1>${titleOf(status)}</h1>
<p>${WORDS[error.code] ?? `${sentence(text)}.`}</p>
<p><a class="button" href="${site.to('/login')}">Sign in</a></p>
<p class="note">Request <code>${request}</code>, ${of}</p>`
}

const WORDS: Readonly<Record<string, string>> = {
  session_ended: 'Your session is over, so nothing was changed. Sign in and do it again.',
  admin_forbidden:
    'You signed in, and you hold no admin role here. An administrator gives one by an admin binding of your issuer and subject.',
  sign_in_refused:
    'This sign-in could not be completed: it was begun elsewhere, took longer than ten minutes, or the identity provider refused it. Begin again.',
}

function titleOf(status: number): string {
  return TITLES[status] ?? 'That did not work'
}

import { type Html, html, NOTHING } from '../html.ts'
import { IDLE_MINUTES, SESSION_HOURS } from '../sessions.ts'

/** Why somebody is asked to sign in; null: they were not signed in. */
export type WhySignIn = 'signed_out' | 'over' | null

const WHY: Readonly<Record<Exclude<WhySignIn, null>, string>> = {
  signed_out: 'You are signed out.',
  over: `Your session is over: it ends after ${IDLE_MINUTES} minutes without a page, and after ${SESSION_HOURS} hours in any case.`,
}

/** What stands on the card of who is not signed in. */
export function signInBody(of: {
  readonly start: string
  readonly host: string
  readonly why: WhySignIn
}): Html {
  const why = of.why === null ? NOTHING : html`<p role="status" class="notice">${WHY[of.why]}</p>`
  return html`<h1>Who may reach which store, and who did</h1>
${why}
<p>Administrators sign in with their own identity provider. Stint keeps no password and no token of it.</p>
<p><a class="button wide" href="${of.start}">Sign in at ${of.host}</a></p>`
}

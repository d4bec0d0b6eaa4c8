import { html } from 'hono/html'

/** A piece of a page. Whatever is put into a template by `html` is escaped; a piece of a page goes in as it is. */
export type Html = ReturnType<typeof html>

/** Nothing, as a piece of a page. */
export const NOTHING: Html = html``

export { html }

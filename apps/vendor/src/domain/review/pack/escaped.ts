const NAMED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/**
 * For text and for attributes in quotes. Controls and the marks that turn the direction of writing are shown by their
 * number: a name must not look like another one, nor turn what stands beside it.
 */
export function escaped(text: string): string {
  return shownUnseen(text).replace(/[&<>"']/g, (one) => NAMED[one] ?? '')
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu

/** The same of a text that is for no HTML. */
export function shownUnseen(text: string): string {
  return text.replace(UNSEEN, shown)
}

function shown(one: string): string {
  return `[U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`
}

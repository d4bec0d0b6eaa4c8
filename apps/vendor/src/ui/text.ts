import { safeText } from '../domain/safe-text.ts'

const MOST = 160

/**
 * A text that strangers may have written (claim values, subjects, user agents) as ASCII: nothing in it turns the line
 * round, hides, or looks like another text. Cut behind `most` characters, and then it says so.
 */
export function foreign(value: unknown, most = MOST): string {
  if (typeof value !== 'string') return safeText(value, most)
  const text = safeText(value).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')
  return text.length > most ? `${text.slice(0, most)}… (${value.length} characters)` : text
}

/** Controls, format signs (bidirectional ones among them), line separators, private use, lone surrogates. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu

/** Who made a version, of `issuer sub` as it is kept: the issuer is the same for nearly everybody. */
export function authorName(author: string): string {
  return own(author.slice(author.indexOf(' ') + 1), 80)
}

const INSTANT = /(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}):\d{2}(?:\.\d+)?Z/g

/** Instants in a text of ours as people read them; midnight is a day. */
export function datesIn(text: string): string {
  return text.replace(INSTANT, (_whole, day: string, time: string) =>
    time === '00:00' ? day : `${day} ${time} UTC`,
  )
}

/** A text of ours as a sentence begins. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** A text of our own administrators (an owner, a purpose, a reason): their language stays, what nobody can see does not. */
export function own(text: string, most = 400): string {
  const seen = text.replace(UNSEEN, (sign) => `\\u{${(sign.codePointAt(0) ?? 0).toString(16)}}`)
  return seen.length > most ? `${seen.slice(0, most)}… (${text.length} characters)` : seen
}

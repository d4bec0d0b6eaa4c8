import { FORMS, HEADERS, SAMPLE } from '../jwt/forms.ts'
import { JSON_TEXTS } from '../jwt/json.ts'
import { type Build, good, type HostileToken, type Made, payloadText, rows } from './token.ts'

/** The corpora of the readers, built on a token whose signature holds: nothing but the form is wrong with it. */

const WHITE_SPACE_AT_AN_END = /^[ \t\r\n]|[ \t\r\n]$/

/** A form of the sample, with the parts of a good token in its place. A form without any of them is taken as it is. */
const ofGoodToken =
  (form: string): Build =>
  (made) => {
    const parts = good(made).split('.')
    return SAMPLE.split('.').reduce((text, part, at) => text.replaceAll(part, parts[at] ?? ''), form)
  }

const forms = FORMS.filter(({ expect, token }) => {
  // The door takes white space off the ends, and an empty parameter for one that was left out.
  return expect !== 'ok' && token !== '' && !WHITE_SPACE_AT_AN_END.test(token)
})

const ownHeader =
  (text: string): Build =>
  ({ issuer, claims }) =>
    issuer.sign(claims, { header: text, signedBy: 'RS256' })

/** Members before those of a text that is an object; any other text as it is. */
function joined(members: string, text: string): string {
  const rest = /^\{([\s\S]*)$/.exec(text)?.[1]
  if (rest === undefined) return text
  return /^\s*\}/.test(rest) ? `{${members}${rest}` : `{${members},${rest}`
}

const inPayload =
  (text: string): Build =>
  (made: Made) =>
    made.issuer.sign(joined(payloadText(made).slice(1, -1), text))
const inHeader = (text: string): Build => ownHeader(joined('"alg":"RS256","typ":"JWT","kid":"key-1"', text))

/** What can be written as UTF-8, is not nothing, and fits the body that the door reads. */
const MAX_TEXT = 8_000
const badJson = JSON_TEXTS.filter(
  ({ expect, text }) => expect !== 'ok' && text !== '' && text.isWellFormed() && text.length < MAX_TEXT,
)

export const FORM_TOKENS: readonly HostileToken[] = [
  ...forms.flatMap(({ name, token, expect }) =>
    rows('A', expect, { [`a form: ${name}`]: ofGoodToken(token) }, ofGoodToken(SAMPLE)),
  ),
  ...badJson.flatMap(({ name, text, expect }) => [
    ...rows('B', expect, { [`payload: ${name}`]: inPayload(text) }, inPayload('{}')),
    ...rows('B', expect, { [`header: ${name}`]: inHeader(text) }, inHeader('{}')),
  ]),
  ...HEADERS.filter(({ expect }) => expect !== 'ok').flatMap(({ name, header, expect }) =>
    rows(groupOf(expect), expect, { [`a header with ${name}`]: ownHeader(header) }, inHeader('{}')),
  ),
]

function groupOf(expect: string) {
  if (expect === 'unknown_kid') return 'D'
  if (expect === 'typ_refused') return 'E'
  return ['json_invalid', 'duplicate_member', 'too_large'].includes(expect) ? 'B' : 'C'
}

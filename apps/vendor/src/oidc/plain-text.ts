const ASCII = /^[\x20-\x7e]+$/
/**
 * Characters that show one text as another, or nothing at all: control, format (bidi overrides, joiners), surrogates,
 * line breaks, what fonts leave out (Hangul fillers, variation selectors), and every space but the plain one.
 */
const DECEPTIVE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}]|(?! )\p{Zs}/u

/**
 * Whether a value is a text that may name somebody or something in a decision and in a log: 1 to `maxLength` UTF-16
 * units, in NFC (so that two spellings are not two names), and without characters that deceive its reader.
 */
export function isPlainText(value: unknown, maxLength: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > maxLength) return false
  return ASCII.test(value) || (value.normalize('NFC') === value && !DECEPTIVE.test(value))
}

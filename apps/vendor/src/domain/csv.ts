/**
 * One line of RFC 4180, of which no spreadsheet makes a formula: neither one that parts cells at commas, nor one that parts
 * them at semicolons or tabs (Excel by the region of its user), which ends our cells at every such sign that is in them and
 * knows nothing of our quotes. What would begin a formula gets an apostrophe before it: what an owner wrote runs nowhere.
 */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((text) => quoted(harmless(text))).join(',')}\r\n`
}

/** Of which a cell is a formula where it begins with one; the wide and small forms too, which Excel takes for the same. */
const BEGINS = '=+\\-@＝＋－＠﹦﹢﹣﹫−'
/** What a reader drops before that, or has taken for a quote. */
const DROPPED = '[\\p{Cc}\\p{Cf}\\p{Z}"]*'
/** Where a cell begins for some reader. A line's end is among them, because to that reader it is not in quotes. */
const FORMULA = new RegExp(`(^|[;\\t\\n\\v\\f\\r\\u0085\\u2028\\u2029])(${DROPPED})(?=[${BEGINS}])`, 'gu')
const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/

function harmless(text: string): string {
  if (NUMBER.test(text)) return text
  const parted = text.replace(FORMULA, `$1$2'`)
  // Some readers begin a formula after what others drop, so such a cell is a text from its first sign on.
  return /^[\t\r\n]/.test(parted) ? `'${parted}` : parted
}

function quoted(text: string): string {
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

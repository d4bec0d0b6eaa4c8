/**
 * What tells persons apart: they are written by people, so case, width, white space and signs that nobody sees make no
 * second one.
 */
export function personKey(person: string): string {
  return person
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Cf}]/gu, '')
}

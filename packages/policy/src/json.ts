import type { Diagnostic, Result } from './diagnostic.ts'
import { diagnose } from './diagnostic.ts'

/**
 * Reads JSON text, and refuses a member that stands twice in its object: MinIO takes the last one, others the first or
 * none, so a reviewer and the store could read two policies. Never throws.
 */
export function readJson(text: string): Result<unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const code = text.trimStart().startsWith('{') ? 'json_syntax' : 'not_an_object'
    return { ok: false, diagnostics: [diagnose(code, '$')] }
  }
  const twice = repeatedMembers(text)
  return twice.length > 0 ? { ok: false, diagnostics: twice } : { ok: true, value, diagnostics: [] }
}

type Level = { readonly members: Set<string> | null; step: string; count: number }

/** No policy is deeper than seven levels: what is deeper is refused by its shape, so the walk may stop there. */
const MOST_LEVELS = 16
const MOST_FINDINGS = 100

/** Walks text that is known to be JSON, without recursion: depth is the author's, the stack is ours. */
function repeatedMembers(text: string): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const levels: Level[] = []
  let name: string | null = null
  for (const token of tokens(text)) {
    if (levels.length > MOST_LEVELS || found.length >= MOST_FINDINGS) break
    const level = levels.at(-1)
    if (token === '{') levels.push({ members: new Set(), step: '', count: 0 })
    else if (token === '[') levels.push({ members: null, step: '[0]', count: 0 })
    else if (token === '}' || token === ']') levels.pop()
    else if (level === undefined) continue
    else if (token === ',') {
      level.count += 1
      if (level.members === null) level.step = `[${level.count}]`
    } else if (token === ':' && level.members !== null && name !== null) {
      level.step = `.${name}`
      if (level.members.has(name)) {
        const path = `$${levels.map(({ step }) => step).join('')}`
        found.push(diagnose('member_twice', path, `\`${name}\``))
      }
      level.members.add(name)
    }
    // Escapes are read, so that `"\u0041ction"` is `Action` a second time. A string token is JSON text of a string.
    name = token.startsWith('"') ? (JSON.parse(token) as string) : null
  }
  return found
}

/**
 * The strings and the signs of structure of a JSON text. In text that `JSON.parse` took, nothing else matters for the
 * names. Strings are measured by hand: a pattern over escapes runs out of stack in a long one.
 */
function* tokens(text: string): Generator<string> {
  let at = 0
  while (at < text.length) {
    const start = at
    const sign = text.charAt(start)
    at = sign === '"' ? endOfString(text, start) : start + 1
    if ('"{}[],:'.includes(sign)) yield text.slice(start, at)
  }
}

/** The place after the closing quote: the first quote that no backslash escapes. */
function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

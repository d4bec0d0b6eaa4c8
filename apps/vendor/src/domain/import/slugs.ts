import { isName } from '../../ids.ts'

const MOST = 64
const COMBINING = /[\u0300-\u036f]/g

/**
 * Gives names of a store the form that configuration nouns have, each once: `Team.X` is `team-x`, a second one
 * `team-x-2`. The same names in the same order give the same slugs.
 */
export function createSlugs(): (...parts: readonly string[]) => string {
  const taken = new Set<string>()
  return (...parts) => {
    const plain = slugOf(parts.join('-'))
    for (let nth = 1; ; nth++) {
      const tail = nth === 1 ? '' : `-${nth}`
      const slug = `${plain.slice(0, MOST - tail.length).replace(/-+$/, '')}${tail}`
      if (taken.has(slug)) continue
      taken.add(slug)
      return slug
    }
  }
}

/** Letters lose their marks, everything else that no name may have becomes a hyphen; what is left of nothing is `unnamed`. */
function slugOf(text: string): string {
  const plain = text
    .normalize('NFKD')
    .replace(COMBINING, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MOST)
    .replace(/-+$/, '')
  return isName(plain) ? plain : 'unnamed'
}

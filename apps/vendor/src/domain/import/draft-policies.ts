import type { Diagnostic, RewrittenPolicy } from '@stint/policy'
import { compileSessionPolicy, rewriteMinioPolicy } from '@stint/policy'
import { isName } from '../../ids.ts'
import { createSlugs } from './slugs.ts'
import type { StoreSnapshot } from './snapshot.ts'

/** One policy of the store: as it would be written, or why it is left out. */
export type PolicyDraft = {
  readonly name: string
  /** The name without its number. */
  readonly slug: string
  readonly written: RewrittenPolicy | null
  readonly notes: readonly string[]
  /** Why it is left out; empty where it is written. */
  readonly reasons: readonly string[]
}

const MOST_REASONS = 6
/** Beyond this nobody reads a document, and no session carries it. */
const MOST_CHARACTERS = 256 * 1024

/** All policies of a store, by name. What a role could live with by `accept` is no reason to leave one out. */
export function draftPolicies({ policies }: StoreSnapshot): readonly PolicyDraft[] {
  const slug = createSlugs()
  const names = [...policies.keys()].toSorted()
  // Who has such a name already keeps it.
  const slugs = new Map(
    names.toSorted((a, b) => Number(isName(b)) - Number(isName(a))).map((name) => [name, slug(name)]),
  )
  return names.map((name) => ({ name, slug: slugs.get(name) ?? '', ...draftPolicy(policies.get(name)) }))
}

function draftPolicy(document: unknown): Pick<PolicyDraft, 'written' | 'notes' | 'reasons'> {
  const leftOut = (reasons: readonly string[]) => ({ written: null, notes: [], reasons })
  const size = JSON.stringify(document)?.length ?? 0
  if (size > MOST_CHARACTERS) return leftOut([`${size} characters: no session policy is so large`])
  const rewritten = rewriteMinioPolicy(document)
  if (!rewritten.ok) return leftOut(reasonsOf(rewritten.diagnostics))
  const { value } = rewritten
  const compiled = compileSessionPolicy({
    dialect: 'minio',
    accept: ['condition_forgeable'],
    parts: [partOf(value)],
  })
  if (!compiled.ok) return leftOut(reasonsOf(compiled.diagnostics))
  const notes = value.notes.map(({ path, text }) => `${placeOf(path)}: ${text}`)
  const forgeable = compiled.value.findings.length > 0 ? [FORGEABLE] : []
  return { written: value, notes: [...notes, ...forgeable], reasons: [] }
}

const FORGEABLE =
  'Its conditions can be answered by the caller itself on community MinIO; a role of it needs accept: [condition_forgeable].'

/** A written policy as a part of a session policy, each placeholder with a claim of its own name. */
export function partOf(written: RewrittenPolicy) {
  const names = Object.keys(written.placeholders)
  return {
    document: written.document,
    placeholders: Object.fromEntries(
      Object.entries(written.placeholders).map(([name, { type }]) => [name, { type }] as const),
    ),
    with: Object.fromEntries(names.map((name) => [name, { claim: [name] }] as const)),
    path: '$',
  }
}

/** Each thing once, with its first place, however many statements it is said of. */
export function reasonsOf(diagnostics: readonly Diagnostic[]): readonly string[] {
  const groups = [...Map.groupBy(diagnostics, ({ code }) => code).values()]
  const lines = groups.flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const more = others.length === 0 ? '' : `, and ${others.length} more`
    return [`${placeOf(first.path)}${more}: ${first.message} (${first.code})`]
  })
  const left = lines.length - MOST_REASONS
  return left > 0 ? [...lines.slice(0, MOST_REASONS), `and ${left} more`] : lines
}

function placeOf(path: string): string {
  return path === '$' ? 'the document' : path.replace(/^\$\./, '')
}

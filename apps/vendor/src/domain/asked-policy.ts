import type { PolicyDocument, Statement } from '@stint/policy'
import {
  compileSessionPolicy,
  DIALECTS,
  narrow,
  POLICY_VERSION,
  parsePolicy,
  printPolicy,
} from '@stint/policy'
import type { ErrorCode } from '../errors.ts'
import type { NarrowedBy } from './audit-event.ts'
import type { Configuration } from './configuration.ts'
import type { Role } from './role.ts'
import type { Sha256 } from './session-name.ts'
import type { Claims } from './subject.ts'
import { textClaims } from './subject.ts'

/**
 * What a caller asks its session to be narrowed to. Documents and named policies together are one policy, as at AWS:
 * what any of them allows and none denies. It is only ever held against the role, never joined to it.
 */
export type AskedPolicy = {
  /** Documents as they were sent. */
  readonly documents: readonly string[]
  /** Names of policies of the configuration with their version, `artifacts-read@1`: nothing floats. */
  readonly policies: readonly string[]
}

/** As AWS STS has it for inline and managed policies together; what is named here is not sent and costs nothing. */
export const MAX_ASKED_CHARACTERS = 2048
export const MAX_ASKED_POLICIES = 10

export type Narrowed =
  | { readonly ok: true; readonly text: string; readonly narrowedBy: NarrowedBy }
  | { readonly ok: false; readonly code: ErrorCode; readonly narrowedBy: NarrowedBy }

type Given = {
  readonly configuration: Configuration
  readonly role: Role
  /** The session policy that the role gives. */
  readonly text: string
  readonly claims: Claims
}

/** The session policy that is allowed by both, or why there is none. Pure; what is not proved is refused. */
export function narrowByAsked(given: Given, asked: AskedPolicy, sha256: Sha256): Narrowed {
  const named = asked.policies.map((use) => resolveNamed(given, use, sha256))
  const blank: NarrowedBy = {
    documents: asked.documents.map(sha256),
    policies: named.map(({ use, digest }) => ({ use, sha256: digest })),
    refused: null,
  }
  const refused = (code: ErrorCode, why: string, path: string): Narrowed => ({
    ok: false,
    code,
    narrowedBy: { ...blank, refused: { code: why, path } },
  })
  const sent = asked.documents.reduce((sum, text) => sum + text.length, 0)
  if (sent > MAX_ASKED_CHARACTERS || asked.policies.length > MAX_ASKED_POLICIES)
    return refused('asked_policy_too_large', 'policy_too_large', '$')
  const unknown = named.find(({ statements }) => statements === null)
  if (unknown !== undefined) return refused('asked_policy_unknown', 'policy_unknown', unknown.use)

  const statements: Placed[] = named.flatMap(({ use, statements: ours }) => placed(ours ?? [], use))
  for (const [index, text] of asked.documents.entries()) {
    const at = asked.documents.length === 1 ? '$' : `$[${index}]`
    const parsed = parsePolicy(text)
    const [first] = parsed.diagnostics
    if (!parsed.ok)
      return refused(
        'asked_policy_malformed',
        first?.code ?? 'json_syntax',
        `${at}${first?.path.slice(1) ?? ''}`,
      )
    statements.push(...placed(parsed.value.Statement, at))
  }
  const { dialect, accepted } = given.role.sessionPolicy
  const result = narrow(
    documentOf(given.text),
    { Version: POLICY_VERSION, Statement: statements.map(({ statement }) => statement) },
    { dialect: DIALECTS[dialect], accept: accepted },
  )
  if (result.ok) return { ok: true, text: printPolicy(result.value), narrowedBy: blank }
  const [first] = result.diagnostics
  const why = first?.code ?? 'narrow_unproved'
  return refused(CODES[why] ?? 'asked_policy_refused', why, pathIn(statements, first?.path ?? '$'))
}

const CODES: Readonly<Partial<Record<string, ErrorCode>>> = {
  narrow_nothing: 'asked_policy_empty',
  policy_too_large: 'asked_policy_too_large',
}

/** A statement, and where it stands in what was asked. */
type Placed = { readonly statement: Statement; readonly path: string }

function placed(statements: readonly Statement[], at: string): readonly Placed[] {
  return statements.map((statement, index) => ({ statement, path: `${at}.Statement[${index}]` }))
}

/** The path that the caller would know: all statements were put into one document. */
function pathIn(statements: readonly Placed[], path: string): string {
  const [, index = '', rest = ''] = /^\$\.Statement\[([0-9]+)\](.*)$/.exec(path) ?? []
  const found = index === '' ? undefined : statements[Number(index)]
  return found === undefined ? path : found.path + rest
}

type Named = {
  readonly use: string
  readonly digest: string | null
  readonly statements: readonly Statement[] | null
}

/**
 * A policy by its name and version. Where the role pins it, it is what the role makes of it, with this subject's values:
 * so that a session can be narrowed to one policy of its role. Any other must have no placeholders.
 */
function resolveNamed(given: Given, use: string, sha256: Sha256): Named {
  const { role, configuration, claims } = given
  const parts = role.parts.filter(({ path }) => path === use)
  if (parts.length > 0) {
    const { dialect, accepted } = role.sessionPolicy
    const compiled = compileSessionPolicy({ dialect, accept: accepted, parts })
    if (!compiled.ok) return { use, digest: null, statements: null }
    const rendered = compiled.value.render(textClaims(claims, compiled.value.claims))
    const digest = role.policies.find((one) => one.use === use)?.sha256 ?? null
    return { use, digest, statements: rendered.ok ? documentOf(rendered.text).Statement : null }
  }
  const found = configuration.standing.others.find(
    (one) => one.kind === 'policy' && one.name === use && one.state === 'enabled',
  )
  if (found?.kind !== 'policy' || Object.keys(found.body.placeholders).length > 0)
    return { use, digest: null, statements: null }
  const parsed = parsePolicy(found.body.document)
  if (!parsed.ok) return { use, digest: null, statements: null }
  return { use, digest: sha256(JSON.stringify(found.body)), statements: parsed.value.Statement }
}

/** A text that we printed. */
function documentOf(text: string): PolicyDocument {
  const parsed = parsePolicy(text)
  if (!parsed.ok) throw new Error('a session policy that we printed cannot be read')
  return parsed.value
}

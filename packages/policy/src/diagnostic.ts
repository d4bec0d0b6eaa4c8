/**
 * Everything that can be wrong with a policy, by code: what an author is told, and whether a role may live with it by
 * naming the code (`accept`).
 */
export const DIAGNOSTICS = {
  // Reading a document.
  not_an_object: { text: 'is not a JSON object' },
  member_unknown: { text: 'is not a member of a policy document' },
  member_missing: { text: 'is required' },
  version_unsupported: { text: 'must be "2012-10-17"' },
  statement_list: { text: 'must be a list of statements with at least one entry' },
  effect_invalid: { text: 'must be "Allow" or "Deny"' },
  text_list: { text: 'must be a text or a list of texts with at least one entry' },
  sid_invalid: { text: 'must be letters and digits' },
  element_unsupported: { text: 'cannot be expressed on this target' },
  condition_shape: { text: 'must be operator → key → text, number, boolean or a list of them' },
  // Placeholders.
  placeholder_type: { text: 'must be bucket, segment, path or string' },
  placeholder_size: { text: 'maxBytes must be a whole number from 1 to 2048' },
  placeholder_name: { text: 'must be letters, digits and underscores, a lower-case letter first' },
  placeholder_undeclared: { text: 'names a placeholder that the policy does not declare' },
  placeholder_unused: { text: 'is declared and stands nowhere in the document' },
  placeholder_without_value: { text: 'has no value in `with`' },
  value_without_placeholder: { text: 'gives a value to a placeholder that the policy does not declare' },
  placeholder_position: { text: 'a placeholder of this type cannot stand here' },
  placeholder_beside: { text: 'neither a wildcard nor another placeholder may stand in the same segment' },
  placeholder_syntax: { text: 'has a brace that belongs to no placeholder' },
  value_refused: { text: 'the fixed value cannot stand in this placeholder' },
  // The dialect of MinIO.
  action_star: { text: 'a bare `*` makes MinIO ignore Resource; name the actions' },
  action_service: { text: 'only s3 actions belong into a session policy' },
  action_case: { text: 'action names are case-sensitive on MinIO' },
  action_unknown: { text: 'MinIO knows no such action, and refuses a policy that names it' },
  action_kinds: {
    text: 'bucket actions and object actions need statements of their own: on MinIO `b/*` is the bucket, too',
  },
  action_resource_kind: {
    text: 'bucket actions go with `arn:aws:s3:::bucket`, object actions with `arn:aws:s3:::bucket/…`',
  },
  resource_arn: { text: 'must be `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/key`' },
  resource_bucket: {
    text: 'the bucket must be a full bucket name or one placeholder of type bucket; a wildcard there reaches every object of every match',
  },
  resource_segment: { text: 'empty, `.` and `..` segments are cleaned away by MinIO and mean another path' },
  resource_character: {
    text: '`?` is one byte on MinIO and crosses `/`; `$`, `\\`, control and non-Latin-1 characters cannot be escaped',
  },
  condition_operator: { text: 'MinIO has no such condition operator' },
  condition_key: { text: 'is no condition key that MinIO takes for these actions' },
  condition_forgeable: {
    text: 'the caller can answer this condition itself with a header or query name on community MinIO',
    acceptable: true,
  },
  policy_variable: { text: 'MinIO fills in policy variables unescaped; use a placeholder' },
  allows_nothing: { text: 'has no Allow statement: a session of it could do nothing' },
  policy_too_large: { text: 'is larger than the target takes' },
} as const satisfies Record<string, { readonly text: string; readonly acceptable?: true }>
export type DiagnosticCode = keyof typeof DIAGNOSTICS

/** One finding about a policy: a stable code, where (a JSON path), and words. */
export type Diagnostic = {
  readonly code: DiagnosticCode
  readonly severity: 'error' | 'warning'
  readonly path: string
  readonly message: string
  /** A role may live with it by naming the code. */
  readonly acceptable?: true
}

/** A value, or why there is none. `diagnostics` of a success are warnings only. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** An error of that code at that path; `detail` goes before the table's words. */
export function diagnose(code: DiagnosticCode, path: string, detail = ''): Diagnostic {
  const row: { readonly text: string; readonly acceptable?: true } = DIAGNOSTICS[code]
  const message = detail === '' ? row.text : `${detail} ${row.text}`
  return { code, severity: 'error', path, message, ...(row.acceptable ? { acceptable: true as const } : {}) }
}

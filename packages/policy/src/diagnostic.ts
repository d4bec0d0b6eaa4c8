/**
 * Everything that can be wrong with a policy, by code: how heavy it is, what an author is told, and whether a role may
 * live with it by naming the code (`accept`).
 */
export const DIAGNOSTICS = {
  // Reading a document.
  not_an_object: { severity: 'error', text: 'is not a JSON object' },
  json_syntax: { severity: 'error', text: 'is not JSON' },
  member_twice: {
    severity: 'error',
    text: 'stands twice in its object: readers differ in which one they take',
  },
  member_unknown: { severity: 'error', text: 'is not a member of a policy document' },
  member_missing: { severity: 'error', text: 'is required' },
  version_unsupported: { severity: 'error', text: 'must be "2012-10-17"' },
  statement_list: { severity: 'error', text: 'must be a list of statements with at least one entry' },
  effect_invalid: { severity: 'error', text: 'must be "Allow" or "Deny"' },
  text_list: { severity: 'error', text: 'must be a text or a list of texts with at least one entry' },
  sid_invalid: { severity: 'error', text: 'must be letters and digits' },
  element_unsupported: { severity: 'error', text: 'cannot be expressed on this target' },
  condition_shape: {
    severity: 'error',
    text: 'must be operator → key → text, number, boolean or a list of them',
  },
  // Placeholders.
  placeholder_type: { severity: 'error', text: 'must be bucket, segment, path or string' },
  placeholder_size: { severity: 'error', text: 'maxBytes must be a whole number from 1 to 2048' },
  placeholder_name: {
    severity: 'error',
    text: 'must be letters, digits and underscores, a lower-case letter first',
  },
  placeholder_undeclared: { severity: 'error', text: 'names a placeholder that the policy does not declare' },
  placeholder_unused: { severity: 'error', text: 'is declared and stands nowhere in the document' },
  placeholder_without_value: { severity: 'error', text: 'has no value in `with`' },
  value_without_placeholder: {
    severity: 'error',
    text: 'gives a value to a placeholder that the policy does not declare',
  },
  placeholder_position: { severity: 'error', text: 'a placeholder of this type cannot stand here' },
  placeholder_beside: {
    severity: 'error',
    text: 'neither a wildcard nor another placeholder may stand in the same segment',
  },
  placeholder_syntax: { severity: 'error', text: 'has a brace that belongs to no placeholder' },
  value_refused: { severity: 'error', text: 'the fixed value cannot stand in this placeholder' },
  // What the dialect of the target cannot say.
  action_star: {
    severity: 'error',
    text: 'a bare `*` is every action of every service, and makes MinIO ignore Resource; name the actions',
  },
  action_service: { severity: 'error', text: 'only actions of the store belong into a session policy' },
  action_case: { severity: 'error', text: 'stores differ in whether the case of an action counts' },
  action_unknown: {
    severity: 'error',
    text: 'is no action that this target knows',
  },
  action_kinds: {
    severity: 'error',
    text: 'bucket actions and object actions need statements of their own: on MinIO `b/*` is the bucket, too',
  },
  action_resource_kind: {
    severity: 'error',
    text: 'bucket actions go with `arn:aws:s3:::bucket`, object actions with `arn:aws:s3:::bucket/…`, ListAllMyBuckets and ListenNotification with `arn:aws:s3:::*`',
  },
  resource_arn: { severity: 'error', text: 'must be `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/key`' },
  resource_bucket: {
    severity: 'error',
    text: 'the bucket must be a full bucket name or one placeholder of type bucket; a wildcard there reaches every object of every match',
  },
  resource_segment: {
    severity: 'error',
    text: 'empty, `.` and `..` segments are cleaned away by this target and mean another path',
  },
  resource_character: {
    severity: 'error',
    text: '`$`, `\\`, control and non-Latin-1 characters cannot be written here, nor `?` on MinIO, where it is one byte',
  },
  condition_operator: { severity: 'error', text: 'is no condition operator of this target' },
  condition_key: { severity: 'error', text: 'is no condition key that this target takes for these actions' },
  condition_value: { severity: 'error', text: 'the target takes no such value here, or reads it as another' },
  condition_values_alike: {
    severity: 'error',
    text: 'two values of this list may turn out alike, and MinIO refuses a list with a value twice',
  },
  condition_forgeable: {
    severity: 'error',
    text: 'the caller can answer this condition itself with a header or query name, or nobody has shown that it cannot',
    acceptable: true,
  },
  policy_variable: {
    severity: 'error',
    text: 'policy variables are filled in by the store, on MinIO unescaped; use a placeholder',
  },
  // A caller's own policy, held against what the role gives.
  narrow_action: {
    severity: 'error',
    text: 'allows another action as well on this target; ask for that, too, or leave it out',
  },
  narrow_resource: {
    severity: 'error',
    text: 'overlaps with what the role allows in a way that no pattern says; name a beginning and one `*` after it',
  },
  narrow_condition: {
    severity: 'error',
    text: 'has a condition that cannot be joined with that of the role on the same key, or that this target reads otherwise',
  },
  narrow_too_many: {
    severity: 'error',
    text: 'has more statements or entries than are held against a role; say it in fewer',
  },
  narrow_nothing: { severity: 'error', text: 'allows nothing that the role allows' },
  narrow_unproved: { severity: 'error', text: 'could not be proved to be narrower than the role' },
  // The composed session policy.
  accept_unknown: { severity: 'error', text: 'is no code that a role can accept' },
  allows_nothing: { severity: 'error', text: 'has no Allow statement: a session of it could do nothing' },
  policy_too_large: { severity: 'error', text: 'is larger than the target takes' },
} as const satisfies Record<string, DiagnosticRow>
export type DiagnosticCode = keyof typeof DIAGNOSTICS

export type Severity = 'error' | 'warning'
type DiagnosticRow = { readonly severity: Severity; readonly text: string; readonly acceptable?: true }

/** One finding about a policy: a stable code, where (a JSON path), and words. */
export type Diagnostic = {
  readonly code: DiagnosticCode
  readonly severity: Severity
  readonly path: string
  readonly message: string
  /** A role may live with it by naming the code. */
  readonly acceptable?: true
}

/** A value, or why there is none. `diagnostics` of a success are warnings only. */
export type Result<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** A finding of that code at that path; `detail` goes before the table's words. */
export function diagnose(code: DiagnosticCode, path: string, detail = ''): Diagnostic {
  const { severity, text, acceptable }: DiagnosticRow = DIAGNOSTICS[code]
  const message = detail === '' ? text : `${detail} ${text}`
  return { code, severity, path, message, ...(acceptable === undefined ? {} : { acceptable }) }
}

/** Whether a role may name this code in `accept`. */
export function isAcceptable(code: string): boolean {
  const row: DiagnosticRow | undefined = Object.hasOwn(DIAGNOSTICS, code)
    ? // `hasOwn` proves that the text is one of the table's names.
      DIAGNOSTICS[code as DiagnosticCode]
    : undefined
  return row?.acceptable === true
}

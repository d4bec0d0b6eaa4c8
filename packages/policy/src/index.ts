export type { ActionTable, ResourceKind } from './action-table.ts'
export { composePolicies } from './compose.ts'
export { covers } from './covers.ts'
export { describePolicy } from './describe.ts'
export {
  DIAGNOSTICS,
  type Diagnostic,
  type DiagnosticCode,
  type Result,
  type Severity,
} from './diagnostic.ts'
export type { Budget, Dialect, DialectName, Reading } from './dialects/dialect.ts'
export { DIALECTS, dialectOf } from './dialects/dialects.ts'
export {
  type RewriteNote,
  type RewrittenPolicy,
  rewriteMinioPolicy,
} from './dialects/minio-rewrite.ts'
export {
  type ConditionBlock,
  type Effect,
  POLICY_VERSION,
  type PolicyDocument,
  type Statement,
} from './document.ts'
export { type Access, type AccessRequest, evaluate } from './evaluate.ts'
export { type Granted, grantsOf } from './grants.ts'
export { segmentsCollide } from './lint/collision.ts'
export { lintPolicy, POLICY_LINT_RULES, type PolicyFinding } from './lint/lint.ts'
export { minimise, statementCovers, statementsMeet } from './minimise.ts'
export { type NarrowOptions, narrow } from './narrow.ts'
export { parsePolicy } from './parse.ts'
export { ESCAPES, matchesPattern, patternCovers } from './pattern.ts'
export { patternsMeet } from './pattern-intersection.ts'
export {
  type Placeholder,
  type Placeholders,
  type PlaceholderType,
  parsePlaceholders,
  type ValueRefusal,
} from './placeholder.ts'
export { minioBytes, printPolicy, utf8Bytes } from './print.ts'
export {
  type CompiledSessionPolicy,
  compileSessionPolicy,
  type PlaceholderSource,
  type Rendered,
  type SessionPolicyInput,
  type SessionPolicyPart,
  sizeBounds,
} from './session-policy.ts'
export type { PlaceholderCost, SizeBounds } from './size.ts'

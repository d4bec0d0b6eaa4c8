export { ACTIONS, actionConditionKeys, type ResourceKind } from './actions.ts'
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
export { MINIO_POLICY_BUDGET_BYTES } from './dialects/minio.ts'
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
export { parsePolicy } from './parse.ts'
export { matchesPattern, patternCovers } from './pattern.ts'
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
} from './session-policy.ts'

import type { TargetKind } from '../domain/target-kind.ts'
import type { TargetAdapter } from './adapter.ts'

/**
 * The code of each kind, loaded when a target of it is first configured: who has no AWS pays for no AWS SDK. A kind is
 * one file, and one line here; what is known of it stands in `domain/target-kind.ts`.
 */
export const ADAPTERS: Readonly<Record<TargetKind, () => Promise<TargetAdapter>>> = {
  rgw: async () => (await import('./rgw.ts')).RGW_ADAPTER,
  aws: async () => (await import('./aws.ts')).AWS_ADAPTER,
  minio: async () => (await import('./minio.ts')).MINIO_ADAPTER,
}

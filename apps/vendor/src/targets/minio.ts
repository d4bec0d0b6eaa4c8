import type { TargetMode } from '../domain/target-kinds/target-kind.ts'
import type { CredentialTarget } from '../ports.ts'
import type { TargetAdapter, TargetOptions } from './adapter.ts'
import { createPlainUserTarget } from './minio-assume-role.ts'
import { createIssuedIdentityTarget } from './minio-issued-identity.ts'
import { createPassThroughTarget } from './minio-pass-through.ts'
import { minioSetup } from './minio-setup.ts'

const MODES: Readonly<Record<TargetMode, (options: TargetOptions) => CredentialTarget>> = {
  'issued-identity': createIssuedIdentityTarget,
  'assume-role': createPlainUserTarget,
  'pass-through': createPassThroughTarget,
}

/** A MinIO or one of its kin, asked as its mode says (DESIGN §5). */
export function createMinioTarget(options: TargetOptions): CredentialTarget {
  return MODES[options.body.mode](options)
}

/** What `adapters.ts` knows of it. */
export const MINIO_ADAPTER: TargetAdapter = { open: createMinioTarget, setup: minioSetup }

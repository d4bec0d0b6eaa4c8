import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { TargetSecret } from '../domain/detect/evidence.ts'
import type { TargetBody } from '../domain/resource.ts'

export type SecretPlaces = {
  readonly secretFolders: readonly string[]
  /** Where the operator gives signing keys; null: nowhere. */
  readonly givenKeys: string | null
}

/**
 * Since when the operator’s own keys and secrets of these targets are as they are: when their files changed. What is not
 * there is left out; nothing is read of what the files hold.
 */
export function givenSecretAges(
  targets: readonly { readonly name: string; readonly body: TargetBody }[],
  { secretFolders, givenKeys }: SecretPlaces,
): readonly TargetSecret[] {
  return targets.flatMap(({ name, body }): TargetSecret[] => {
    const user = body.user?.secret
    const admin = typeof body.admin === 'object' ? body.admin.secret : undefined
    return [
      ...aged(name, 'signing key', givenKeys === null ? [] : [join(givenKeys, `target-${name}.pem`)]),
      ...aged(
        name,
        'user secret',
        user === undefined ? [] : secretFolders.map((folder) => join(folder, user)),
      ),
      ...aged(
        name,
        'admin secret',
        admin === undefined ? [] : secretFolders.map((folder) => join(folder, admin)),
      ),
    ]
  })
}

/** The first of these files that is there, as it is read when it is used. */
function aged(target: string, what: TargetSecret['what'], files: readonly string[]): TargetSecret[] {
  for (const file of files) {
    const changedMs = changedAt(file)
    if (changedMs !== null) return [{ target, what, sinceMs: Math.round(changedMs) }]
  }
  return []
}

/** A file that cannot be looked at is one that cannot be used: the target itself says so. */
function changedAt(file: string): number | null {
  try {
    return statSync(file).mtimeMs
  } catch {
    return null
  }
}

import type { Configuration } from '../domain/configuration.ts'
import type { Resource, ResourceOf } from '../domain/resource.ts'
import type { Clock, CredentialTarget } from '../ports.ts'
import { createMinioTarget } from './minio.ts'
import { targetSetup } from './setup.ts'
import type { TargetKey } from './target-key.ts'
import {
  createTargetKey,
  issuerDocuments,
  issuerUrlOf,
  readTargetKey,
  targetsWithKeys,
} from './target-key.ts'

export type TargetsOptions = { readonly folder: string; readonly publicUrl: string; readonly clock: Clock }

/**
 * All targets of a process: their keys and issuer documents, which are there before any database is, and the live ones.
 * A disabled target stays reachable, because what was minted there must still be ended.
 */
export function createTargets(options: TargetsOptions) {
  const { folder, publicUrl, clock } = options
  const keys = new Map<string, TargetKey>()
  const documents = new Map<string, ReturnType<typeof issuerDocuments>>()
  const live = new Map<string, { readonly version: number; readonly target: CredentialTarget }>()
  for (const name of targetsWithKeys(folder)) keep(name, readTargetKey(folder, name))

  function keep(name: string, key: TargetKey | null): void {
    if (key === null) return
    keys.set(name, key)
    documents.set(name, issuerDocuments(publicUrl, name, key))
  }

  return {
    documents: (name: string) => documents.get(name),
    get: (name: string): CredentialTarget | undefined => live.get(name)?.target,

    /** Makes a key for every target that has none; answers those that were made. */
    prepare(
      resources: readonly Resource[],
    ): readonly { readonly target: string; readonly thumbprint: string }[] {
      return targetsOf(resources)
        .filter(({ name, state }) => state === 'enabled' && !keys.has(name))
        .map(({ name }) => {
          const key = createTargetKey(folder, name)
          keep(name, key)
          return { target: name, thumbprint: key.publicJwk.kid }
        })
    },

    /** Opens targets that are new or changed; the old one of a changed target is closed once its calls are over. */
    activate(resources: readonly Resource[]): void {
      for (const { name, version, body } of targetsOf(resources)) {
        const old = live.get(name)
        const key = keys.get(name)
        if (old?.version === version || key === undefined) continue
        live.set(name, {
          version,
          target: createMinioTarget({ name, body, issuerUrl: issuerUrlOf(publicUrl, name), key, clock }),
        })
        void old?.target.close()
      }
    },

    /** What makes that store trust Stint, or null for a target that is not configured. */
    setup(name: string, configuration: Configuration): object | null {
      const target = configuration.targets.get(name)
      if (target === undefined) return null
      const reaches = [...configuration.roles.values()]
        .filter((role) => role.target.name === name)
        .map((role) => ({
          role: role.name,
          maxLifetimeSeconds: role.lifetime.maxSeconds,
          statements: role.reach,
        }))
      return targetSetup({ target: name, endpoint: target.body.endpoint, publicUrl, reaches })
    },

    async close(): Promise<void> {
      await Promise.all([...live.values()].map(({ target }) => target.close()))
    },
  }
}

function targetsOf(resources: readonly Resource[]): ResourceOf<'target'>[] {
  return resources.filter((resource): resource is ResourceOf<'target'> => resource.kind === 'target')
}

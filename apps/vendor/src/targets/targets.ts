import type { Configuration } from '../domain/configuration.ts'
import type { Resource, ResourceOf, TargetBody } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { Clock, CredentialTarget, Rekeying, Timers } from '../ports.ts'
import { createMinioTarget } from './minio.ts'
import { targetSetup } from './setup.ts'
import type { KeyFolders, TargetKey } from './target-key.ts'
import {
  createTargetKey,
  isGivenKey,
  issuerDocuments,
  issuerUrlOf,
  newTargetKey,
  readTargetKey,
  replaceTargetKey,
  targetsWithKeys,
} from './target-key.ts'

export type TargetsOptions = {
  readonly folder: KeyFolders
  readonly publicUrl: string
  readonly clock: Clock
  readonly timers: Timers
}

/** Tokens under way are shown to the store within seconds; a store that is slow to fetch keys has this long. */
const RETIRED_MS = 120_000

type Live = { readonly version: number; readonly body: TargetBody; readonly target: CredentialTarget }

/**
 * All targets of a process: their keys and issuer documents, which are there before any database is, and the live ones.
 * A disabled target stays reachable, because what was minted there must still be ended.
 */
export function createTargets(options: TargetsOptions) {
  const { folder, publicUrl, clock, timers } = options
  const keys = new Map<string, TargetKey>()
  const documents = new Map<string, ReturnType<typeof issuerDocuments>>()
  const live = new Map<string, Live>()
  const retired = new Set<CredentialTarget>()
  for (const name of targetsWithKeys(folder)) keep(name, readTargetKey(folder, name))

  function keep(name: string, key: TargetKey | null): void {
    if (key === null) return
    keys.set(name, key)
    documents.set(name, issuerDocuments(publicUrl, name, [key]))
  }

  function openTarget(name: string, body: TargetBody, key: TargetKey): CredentialTarget {
    return createMinioTarget({ name, body, issuerUrl: issuerUrlOf(publicUrl, name), key, clock })
  }

  /** Closed once no exchange can hold it any more: one takes its target before it waits for its intent. */
  function retire(target: CredentialTarget): void {
    retired.add(target)
    timers.after(RETIRED_MS, () => {
      retired.delete(target)
      void target.close()
    })
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
          return { target: name, thumbprint: key.thumbprint }
        })
    },

    /** Opens targets that are new or changed; the old one of a changed target is closed a while later. */
    activate(resources: readonly Resource[]): void {
      for (const { name, version, body } of targetsOf(resources)) {
        const old = live.get(name)
        const key = keys.get(name)
        if (old?.version === version || key === undefined) continue
        live.set(name, { version, body, target: openTarget(name, body, key) })
        if (old !== undefined) retire(old.target)
      }
    },

    /**
     * A new key for a target, not in use yet; null for a target that is not there. `use` writes it, publishes it and
     * signs with it from then on; the old one stays published for a while, for tokens under way, unless it is
     * compromised. `prove` asks the store about both.
     */
    rekey(name: string, compromised: boolean): Rekeying | null {
      const found = live.get(name)
      const old = keys.get(name)
      if (found === undefined || old === undefined) return null
      if (isGivenKey(folder, name)) throw new VendorError('key_is_given', { facts: { target: name } })
      const next = newTargetKey(compromised ? old.publicJwk.kid : undefined)
      return {
        thumbprint: next.thumbprint,
        replaces: old.thumbprint,
        use() {
          replaceTargetKey(folder, name, next)
          keep(name, next)
          if (!compromised) {
            documents.set(name, issuerDocuments(publicUrl, name, [next, old]))
            timers.after(RETIRED_MS, () => {
              if (keys.get(name) === next) keep(name, next)
            })
          }
          const standing = live.get(name) ?? found
          live.set(name, { ...standing, target: openTarget(name, standing.body, next) })
          retire(standing.target)
        },
        async prove(canary) {
          const newKey = (await live.get(name)?.target.checkKey(canary)) ?? 'unknown'
          if (!compromised) return { newKey, oldKey: null }
          // The old key is asked about last: that makes the store fetch the keys once more.
          const withOld = openTarget(name, found.body, old)
          try {
            return { newKey, oldKey: await withOld.checkKey(canary) }
          } finally {
            await withOld.close()
          }
        },
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
      const all = [...[...live.values()].map(({ target }) => target), ...retired]
      await Promise.all(all.map((target) => target.close()))
    },
  }
}

function targetsOf(resources: readonly Resource[]): ResourceOf<'target'>[] {
  return resources.filter((resource): resource is ResourceOf<'target'> => resource.kind === 'target')
}

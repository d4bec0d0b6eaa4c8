import type { AuditEvent } from '../domain/audit-event.ts'
import type { Configuration } from '../domain/configuration.ts'
import type { Resource, ResourceOf, TargetBody } from '../domain/resource.ts'
import type { TargetKind } from '../domain/target-kind.ts'
import { capabilityOf, modeOf } from '../domain/target-kind.ts'
import { VendorError } from '../errors.ts'
import type { Clock, CredentialTarget, Rekeying, TargetStanding, Timers } from '../ports.ts'
import type { TargetAdapter, TargetSetup } from './adapter.ts'
import { ADAPTERS } from './adapters.ts'
import type { BreakerChange, GuardedTarget } from './guarded-target.ts'
import { createGuardedTarget } from './guarded-target.ts'
import { createSecretReader } from './secret-file.ts'
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
  withCertificate,
} from './target-key.ts'

type BreakerEvent = Extract<AuditEvent, { type: 'target.breaker_opened' | 'target.breaker_closed' }>

export type TargetsOptions = {
  readonly folder: KeyFolders
  /** Where secrets that a target names are looked for. */
  readonly secretFolders: readonly string[]
  readonly publicUrl: string
  readonly clock: Clock
  readonly timers: Timers
}

/** Tokens under way are shown to the store within seconds; a store that is slow to fetch keys has this long. */
const RETIRED_MS = 120_000

type Live = { readonly version: number; readonly body: TargetBody; readonly target: GuardedTarget }

/**
 * All targets of a process: their keys and issuer documents, which are there before any database is, and the live ones.
 * A disabled target stays reachable, because what was minted there must still be ended.
 */
export function createTargets(options: TargetsOptions) {
  const { folder, publicUrl, clock, timers } = options
  const secret = createSecretReader(options.secretFolders)
  const keys = new Map<string, TargetKey>()
  const documents = new Map<string, ReturnType<typeof issuerDocuments>>()
  const live = new Map<string, Live>()
  const retired = new Set<CredentialTarget>()
  const adapters = new Map<TargetKind, TargetAdapter>()
  let onEvent: (event: BreakerEvent) => void = () => undefined
  for (const name of targetsWithKeys(folder)) keep(name, readTargetKey(folder, name))

  function keep(name: string, key: TargetKey | null): void {
    if (key === null) return
    keys.set(name, key)
    documents.set(name, issuerDocuments(publicUrl, name, [key]))
  }

  function openTarget(name: string, body: TargetBody, key: TargetKey | null): CredentialTarget {
    return adapterOf(body.kind).open({
      name,
      body,
      issuerUrl: issuerUrlOf(publicUrl, name),
      key,
      secret,
      clock,
      timers,
    })
  }

  /** The key with its certificate, where the store knows it by one; it is kept, because each signature is another. */
  function certified(name: string, body: TargetBody, key: TargetKey): TargetKey {
    if (modeOf(body).certificate !== true || key.certificate !== null) return key
    // A key of the operator's is only read: its certificate stands in the same file.
    if (isGivenKey(folder, name)) {
      throw new VendorError('key_is_given', {
        facts: { target: name, wanted: 'a certificate after the key' },
      })
    }
    const whole = withCertificate(key, name)
    replaceTargetKey(folder, name, whole)
    return whole
  }

  function guarded(name: string, body: TargetBody, key: TargetKey | null): GuardedTarget {
    const onBreaker = (change: BreakerChange) => onEvent(breakerEvent(name, change))
    return createGuardedTarget(openTarget(name, body, key), { clock, timers, onBreaker })
  }

  /** `prepare` has loaded it: nothing stands that was not prepared. */
  function adapterOf(kind: TargetKind): TargetAdapter {
    const adapter = adapters.get(kind)
    if (adapter === undefined) throw new VendorError('internal_error', { facts: { unprepared: kind } })
    return adapter
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

    /** How each target stands: what is not ready, and what metrics say. */
    states: (): readonly TargetStanding[] =>
      [...live].map(([name, { body, target }]) => ({
        target: name,
        kind: body.kind,
        mode: body.mode,
        ...target.standing(),
      })),

    /** Who hears of breakers; nobody before this is called. */
    listen(listener: (event: BreakerEvent) => void): void {
      onEvent = listener
    },

    /** Loads the code of every kind that is there, and makes a key for every target that needs one; answers those. */
    async prepare(
      resources: readonly Resource[],
    ): Promise<readonly { readonly target: string; readonly thumbprint: string }[]> {
      const targets = targetsOf(resources)
      for (const { body } of targets)
        if (!adapters.has(body.kind)) adapters.set(body.kind, await ADAPTERS[body.kind]())
      const wanting = targets.filter(({ state, body }) => state === 'enabled' && hasKey(body))
      return wanting.flatMap(({ name, body }) => {
        const made = keys.get(name) === undefined ? createTargetKey(folder, name) : null
        const key = made ?? keys.get(name)
        if (key !== undefined) keep(name, certified(name, body, key))
        return made === null ? [] : [{ target: name, thumbprint: made.thumbprint }]
      })
    },

    /** Opens targets that are new or changed; the old one of a changed target is closed a while later. */
    activate(resources: readonly Resource[]): void {
      for (const { name, version, body } of targetsOf(resources)) {
        const old = live.get(name)
        const key = hasKey(body) ? (keys.get(name) ?? null) : null
        if (old?.version === version || (hasKey(body) && key === null)) continue
        live.set(name, { version, body, target: guarded(name, body, key) })
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
      if (found === undefined || old === undefined || !hasKey(found.body)) return null
      if (isGivenKey(folder, name)) throw new VendorError('key_is_given', { facts: { target: name } })
      const bare = newTargetKey(compromised ? old.publicJwk.kid : undefined)
      const next = old.certificate === null ? bare : withCertificate(bare, name)
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
          live.set(name, { ...standing, target: guarded(name, standing.body, next) })
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
    setup(name: string, configuration: Configuration): TargetSetup | null {
      const target = configuration.targets.get(name)
      if (target === undefined) return null
      const reaches = [...configuration.roles.values()]
        .filter((role) => role.target.name === name)
        .map((role) => ({
          role: role.name,
          maxLifetimeSeconds: role.lifetime.maxSeconds,
          statements: role.reach,
        }))
      return adapterOf(target.body.kind).setup({
        target: name,
        body: target.body,
        publicUrl,
        reaches,
        certificate: keys.get(name)?.certificate ?? null,
      })
    },

    async close(): Promise<void> {
      const all = [...[...live.values()].map(({ target }) => target), ...retired]
      await Promise.all(all.map((target) => target.close()))
    },
  }
}

function breakerEvent(target: string, change: BreakerChange): BreakerEvent {
  return change.to === 'closed'
    ? { type: 'target.breaker_closed', target, openMs: change.openMs }
    : { type: 'target.breaker_opened', target, calls: change.calls, failures: change.failures }
}

/** Whether the store sees an identity that we issue. */
function hasKey(body: TargetBody): boolean {
  return capabilityOf(body).identity === 'issued'
}

function targetsOf(resources: readonly Resource[]): ResourceOf<'target'>[] {
  return resources.filter((resource): resource is ResourceOf<'target'> => resource.kind === 'target')
}

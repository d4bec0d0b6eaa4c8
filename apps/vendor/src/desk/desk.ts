import type { Draft, DraftTools } from '../flows/configuration-draft.ts'
import { draftConfiguration } from '../flows/configuration-draft.ts'
import { keptAsk } from '../flows/kept-ask.ts'
import type { ChangeStore, ConfigurationDesk, Drafted, ResourceStore } from '../ports.ts'

/** What one message carries: a millisecond or two of reading it. */
const SLICE = 500

export type DeskStores = { readonly store: ResourceStore; readonly changes: ChangeStore }

/** Plans in place: right where the content is small, and what the worker does with a large one. */
export function createDesk(tools: DraftTools, stores: DeskStores): ConfigurationDesk {
  return {
    async draft(ask, immune) {
      const kept = keptAsk(ask)
      const draft = draftConfiguration(tools, { ...(await stores.store.current()), immune }, ask)
      return draftedOf(draft, { ...stores, kept, askSha256: tools.sha256(kept) })
    },
    close: async () => undefined,
  }
}

function draftedOf(
  draft: Draft,
  { store, changes: waiting, kept, askSha256 }: DeskStores & { kept: string; askSha256: string },
): Drafted {
  const { changes, ...head } = draft.plan
  const answer = async (more: Readonly<Record<string, unknown>>) => {
    // Whoever asks sent the bodies and need not read them again.
    const told = changes.map(({ body: _own, ...change }) => change)
    return new TextEncoder().encode(JSON.stringify({ ...head, changes: told, ...more }))
  }
  return {
    expectedGeneration: draft.expectedGeneration,
    head: { ...head, changes: changes.length, askSha256 },
    resources: async (from) => draft.changed.slice(from, from + SLICE),
    changes: async (from) =>
      changes
        .slice(from, from + SLICE)
        .map(({ kind, name, version, action, sha256 }) => ({ kind, name, version, action, sha256 })),
    answer,
    async keep(change) {
      await waiting.add(change, new TextEncoder().encode(kept), await answer({}))
    },
    async commit(by) {
      await store.apply({
        ...by,
        expectedGeneration: head.generation,
        changes: changes.map(({ kind, name, action, body }) => ({
          kind,
          name,
          state: action === 'disable' ? 'disabled' : 'enabled',
          body,
        })),
      })
    },
    close: async () => undefined,
  }
}

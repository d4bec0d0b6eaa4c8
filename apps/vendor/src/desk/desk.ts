import type { Draft, DraftTools } from '../flows/configuration-draft.ts'
import { draftConfiguration } from '../flows/configuration-draft.ts'
import type { ConfigurationDesk, Drafted, ResourceStore } from '../ports.ts'

/** What one message carries: a millisecond or two of reading it. */
const SLICE = 500

/** Plans in place: right where the content is small, and what the worker does with a large one. */
export function createDesk(tools: DraftTools, store: ResourceStore): ConfigurationDesk {
  return {
    draft: async (body) => draftedOf(draftConfiguration(tools, await store.current(), body), store),
    close: async () => undefined,
  }
}

function draftedOf(draft: Draft, store: ResourceStore): Drafted {
  const { changes, ...head } = draft.plan
  return {
    expectedGeneration: draft.expectedGeneration,
    head: { ...head, changes: changes.length },
    resources: async (from) => draft.changed.slice(from, from + SLICE),
    changes: async (from) =>
      changes
        .slice(from, from + SLICE)
        .map(({ kind, name, version, action, sha256 }) => ({ kind, name, version, action, sha256 })),
    async answer(more) {
      // Whoever asks sent the bodies and need not read them again.
      const told = changes.map(({ body: _own, ...change }) => change)
      return new TextEncoder().encode(JSON.stringify({ ...head, changes: told, ...more }))
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

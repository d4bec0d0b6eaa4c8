import { RESOURCE_KINDS } from '../domain/resource.ts'
import { VendorError } from '../errors.ts'
import type { DraftAsk } from '../ports.ts'

/** What was asked as one text, for as long as it waits; `readKeptAsk` gives back what plans to the same. */
export function keptAsk(ask: DraftAsk): string {
  const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  if (ask.of === 'configuration') return JSON.stringify({ ...ask, body: text(ask.body) })
  if (ask.of === 'several') return JSON.stringify(ask)
  const { change } = ask
  return JSON.stringify({
    ...ask,
    change: typeof change === 'string' ? { do: change } : { body: text(change) },
  })
}

/** Reads it back. Throws `change_tampered` where it is not what `keptAsk` writes. */
export function readKeptAsk(bytes: Uint8Array): DraftAsk {
  try {
    // Told apart member by member: the file that it comes from may have been written by anybody.
    const kept = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<
      string,
      unknown
    >
    if (kept['of'] === 'configuration') return { of: 'configuration', body: encoded(kept['body']) }
    const kind = RESOURCE_KINDS.find((one) => one === kept['kind'])
    if (kind !== undefined && kept['of'] === 'several') return { of: 'several', kind, ...severalOf(kept) }
    const { name, ifVersion, change } = kept
    if (kind === undefined || typeof name !== 'string') throw new TypeError('not an ask')
    if (ifVersion !== null && typeof ifVersion !== 'number') throw new TypeError('not a version')
    const wanted = change as { readonly do?: unknown; readonly body?: unknown }
    const done = wanted.do === 'enable' || wanted.do === 'disable' ? wanted.do : encoded(wanted.body)
    return { of: 'resource', kind, name, ifVersion, change: done }
  } catch (cause) {
    throw new VendorError('change_tampered', { cause })
  }
}

function encoded(text: unknown): Uint8Array<ArrayBuffer> {
  if (typeof text !== 'string') throw new TypeError('not a text')
  return new TextEncoder().encode(text)
}

function severalOf({ which, change }: Record<string, unknown>) {
  if (!Array.isArray(which) || (change !== 'enable' && change !== 'disable'))
    throw new TypeError('not an ask')
  const named = which.map((one: Record<string, unknown>) => {
    const { name, ifVersion } = one
    if (typeof name !== 'string' || typeof ifVersion !== 'number') throw new TypeError('not a version')
    return { name, ifVersion }
  })
  return { which: named, change } as const
}

import { readFileSync } from 'node:fs'
import type { Settings } from '../config.ts'
import { VendorError } from '../errors.ts'
import { metricsDoor } from '../http/metrics.ts'
import type { Readiness } from '../http/ops.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Timers } from '../ports.ts'
import type { Listening } from './listening.ts'
import { openListening } from './listening.ts'

export type OperationsOptions = {
  readonly settings: Settings['metrics']
  readonly metrics: Metrics
  readonly readiness: Readiness
  readonly sameText: (a: string, b: string) => boolean
  readonly timers: Timers
  readonly unreadable: Parameters<typeof openListening>[1]['unreadable']
}

/** The operations address, where the settings ask for one: a socket of its own, so that no proxy shows it by accident. */
export async function openOperations(options: OperationsOptions): Promise<Listening | null> {
  const { settings, metrics, readiness, sameText, timers, unreadable } = options
  if (settings === null) return null
  const token = settings.tokenFile === null ? null : readToken(settings.tokenFile)
  const mayRead = token === null ? null : (bearer: string) => sameText(bearer, token)
  const app = metricsDoor({ readiness, print: metrics.print, mayRead })
  return openListening((request, env) => app.fetch(request, env), { ...settings, timers, unreadable })
}

const LEAST_TOKEN = 16

/** A token that is short is a guess away from open. The file is the operator's: a trailing newline is no part of it. */
function readToken(path: string): string {
  try {
    const token = readFileSync(path, 'utf8').trim()
    if (token.length >= LEAST_TOKEN && /^[\w.~+/=-]+$/.test(token)) return token
  } catch (cause) {
    throw new VendorError('settings_invalid', {
      cause,
      facts: { problems: `STINT_METRICS_TOKEN_FILE: ${path}` },
    })
  }
  const problems = `STINT_METRICS_TOKEN_FILE: at least ${LEAST_TOKEN} letters, digits and .~+/=-_`
  throw new VendorError('settings_invalid', { facts: { problems } })
}

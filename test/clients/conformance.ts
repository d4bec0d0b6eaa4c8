import type { Recorded } from '../support/recording-proxy.ts'
import { CASES, type Case } from './cases.ts'
import type { Client, ClientDoor, Said } from './client.ts'
import { CLIENTS } from './table.ts'

export type Outcome = {
  readonly client: Client
  readonly door: ClientDoor
  readonly one: Case
  readonly said: Said
  readonly requests: readonly Recorded[]
}

const DOORS: Readonly<Record<ClientDoor, string>> = {
  sts: 'STS wire',
  container: 'container credentials',
  process: '`credential_process`',
}

/**
 * What the user sees, and how often the door was asked: `ok 1`, `AccessDenied 1`. A request id in what the user sees is
 * marked, because it is what the operator asks for.
 */
export function cellOf({ said, requests, one }: Pick<Outcome, 'said' | 'requests' | 'one'>): string {
  const what = said.ok ? 'ok' : said.code || 'refused'
  const id = !said.ok && /req_[0-9a-f-]{36}/.test(said.message) ? ' + id' : ''
  // How often a client looks at what is about to end depends on its timing.
  const count = one.name === 'refresh' ? '' : ` ×${requests.length}`
  return `${what}${id}${count}`
}

/** The whole page: a row a client and door, a column a case. */
export function conformanceTable(outcomes: readonly Outcome[]): string {
  const head = ['client', 'version', 'door', ...CASES.map(({ name }) => name)]
  const rows = CLIENTS.flatMap((client) =>
    client.doors.map((door) => {
      const cells = CASES.map(({ name }) => {
        const found = outcomes.find(
          (one) => one.client === client && one.door === door && one.one.name === name,
        )
        return found === undefined ? '–' : cellOf(found)
      })
      return [client.name, client.version, DOORS[door], ...cells]
    }),
  )
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const notes = CLIENTS.flatMap(({ name, differs = {} }) =>
    Object.entries(differs).map(([where, { why }]) => `- ${name}, ${where}: ${why}.`),
  )
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '', ...notes, ''].join('\n')
}

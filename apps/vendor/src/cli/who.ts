import { safeText } from '../domain/safe-text.ts'
import type { Accesses, NamedAccess } from '../flows/accesses.ts'
import { parseDuration } from '../schema/duration.ts'
import type { AdminConnection } from './admin-client.ts'
import { adminConnection, askAdmin } from './admin-client.ts'
import { readArguments, refusalSaid, usageSaid } from './arguments.ts'
import { type CommandIo, EXIT, type ExitCode } from './io.ts'

const USAGE = `usage: stint who s3://BUCKET[/KEY] [--target NAME] [--since 7d|12h|2026-11-01] [--limit N] [--json]
                 [--server URL] [--token-file FILE]

Who was behind the accesses to an object, newest first: the assumption, its subject and its commit. As far as the
store told it (docs/GHOSTS.md): what was lost on the way is not here.
`
const PAGE = 500
const LIMIT = 100

/** `stint who s3://bucket/key`: two lines an access, then what this cannot know. */
export async function whoCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = read(argv)
  const [address = '', ...more] = parsed?.positionals ?? []
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/([\s\S]*))?$/.exec(address) ?? []
  const since = sinceOf(parsed?.values.since, io.now())
  const limit = Number(parsed?.values.limit ?? LIMIT)
  if (parsed === null || bucket === undefined || more.length > 0 || since === null || !(limit >= 1)) {
    io.stderr(USAGE)
    return EXIT.usage
  }
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  const query = new URLSearchParams({ bucket })
  if (key !== '') query.set('key', key)
  if (parsed.values.target !== undefined) query.set('target', parsed.values.target)
  if (since !== '') query.set('since', since)
  const found = await readAll(to, { query, limit }, io)
  if (!found.ok) return refusalSaid(io, found)
  io.stdout(parsed.values.json === true ? `${JSON.stringify(found.value, null, 2)}\n` : describe(found.value))
  return EXIT.ok
}

type Read =
  | { readonly ok: true; readonly value: Accesses }
  | { readonly ok: false; readonly text: string; readonly exit: ExitCode }

async function readAll(
  to: AdminConnection,
  { query, limit }: { readonly query: URLSearchParams; readonly limit: number },
  io: CommandIo,
): Promise<Read> {
  const all: NamedAccess[] = []
  for (let cursor: string | null = null; ; ) {
    query.set('limit', String(Math.min(PAGE, limit - all.length)))
    if (cursor !== null) query.set('cursor', cursor)
    const answer = await askAdmin(to, { method: 'GET', path: `/v1/admin/accesses?${query}` }, io)
    if (!answer.ok) return answer
    const page = answer.body as Accesses // the admin door's own answer
    all.push(...page.accesses)
    cursor = page.next
    if (cursor === null || all.length >= limit)
      return { ok: true, value: { ...page, accesses: all, next: cursor } }
  }
}

function describe({ accesses, next, told }: Accesses): string {
  const lines = accesses.flatMap(accessLines)
  const since = told.map(({ target, sinceMs, untilMs }) => {
    const [from, to] = [sinceMs, untilMs].map((ms) => new Date(ms).toISOString())
    return `store ${target} told from ${from} to ${to}; what was lost on the way, and who went by a key of another, is not here`
  })
  const none = told.length === 0 ? ['no store told anything: see docs/GHOSTS.md'] : []
  const rest = next === null ? [] : ['there are more: --limit']
  return `${[...lines, ...(accesses.length === 0 ? ['nothing is known of it'] : []), ...rest, ...none, ...since].join('\n')}\n`
}

function accessLines(one: NamedAccess): readonly string[] {
  const times = [
    ...(one.allowed > 0 ? [one.allowed === 1 ? 'once' : `${one.allowed} times`] : []),
    ...(one.refused > 0 ? [`refused ${one.refused}`] : []),
  ].join(', ')
  const where = one.exact ? one.object : `something in ${one.object || 'the bucket'}`
  return [
    `${one.last} ${one.deed} (${one.api}, ${times}) ${safeText(where)} at ${one.target}, from ${safeText(one.source)}`,
    `  ${whoLine(one)}`,
  ]
}

function whoLine({ by, ghost, accessKeyId, pruned }: NamedAccess): string {
  if (ghost !== null) return `a ghost: key ${safeText(accessKeyId)}, ${ghost} (stint ghosts)`
  if (accessKeyId === '') return 'nobody: the store lets everybody'
  if (pruned !== null)
    return `${pruned}: what the log had of it was pruned by its age, key ${safeText(accessKeyId)}`
  if (by === null) return `none of Stint’s: key ${safeText(accessKeyId)}`
  const commit = by.commit === null ? '' : `, commit ${safeText(by.commit)}`
  const run = by.claims.find(({ path }) => path[0] === 'run_id' || path[0] === 'pipeline_id')
  const job = run === undefined ? '' : `, ${run.path[0]} ${safeText(run.value)}`
  return `${by.assumption}: ${safeText(by.sub)} of ${by.issuer}${commit}${job}, role ${by.role ?? 'none'} by ${by.mappings.join(', ')}`
}

/** An instant as the server reads it; empty: none was named; null: it is none. */
function sinceOf(text: string | undefined, now: Date): string | null {
  if (text === undefined) return ''
  const days = /^([0-9]{1,4})d$/.exec(text)?.[1]
  const seconds = days === undefined ? parseDuration(text) : Number(days) * 86_400
  if (seconds !== null) return new Date(now.getTime() - seconds * 1000).toISOString()
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at.toISOString()
}

function read(argv: readonly string[]) {
  return readArguments(argv, {
    target: { type: 'string' },
    since: { type: 'string' },
    limit: { type: 'string' },
    json: { type: 'boolean' },
  })
}

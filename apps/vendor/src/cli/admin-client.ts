import type { Problem } from '../domain/resource.ts'
import type { CommandIo } from './io.ts'
import { EXIT, type ExitCode } from './io.ts'

/** What the admin door answered, or in plain words why there is no answer. */
export type AdminAnswer =
  | { readonly ok: true; readonly body: unknown }
  | {
      readonly ok: false
      readonly exit: ExitCode
      readonly text: string
      readonly problems: readonly Problem[]
      /** How many there are beside those. */
      readonly moreProblems: number
    }

export type AdminConnection = { readonly server: string; readonly token: string }

const TIMEOUT_MS = 60_000

/**
 * Where the server is and who asks: a flag counts before the environment, and that before what `stint login` keeps. A
 * text is what is missing.
 */
export async function adminConnection(
  flags: { readonly server?: string | undefined; readonly 'token-file'?: string | undefined },
  io: CommandIo,
): Promise<AdminConnection | string> {
  const named = flags.server ?? io.env['STINT_SERVER']
  if (named !== undefined && !URL.canParse(named)) return NO_SERVER
  const file = flags['token-file']
  const token =
    file === undefined ? io.env['STINT_ADMIN_TOKEN'] : await io.readFile(file).catch(() => undefined)
  if (token !== undefined && token.trim() !== '')
    return named === undefined ? NO_SERVER : { server: named.replace(/\/$/, ''), token: token.trim() }
  // A file that was named and is empty is a mistake: no other token is sent in its place.
  const kept = file === undefined ? await io.kept?.(named ?? null) : null
  if (kept?.ok === true) return { server: kept.server, token: kept.token }
  if (kept?.ok === false) return kept.text
  return named === undefined ? NO_SERVER : NO_TOKEN
}

const NO_SERVER = 'name the server: --server https://stint.example.com, or STINT_SERVER, or stint login'
const NO_TOKEN = 'give an admin token: stint login, --token-file FILE, or STINT_ADMIN_TOKEN'

/** Asks the admin door once. Redirects are refused: a token goes to the server that was named and to no other. */
export async function askAdmin(
  to: AdminConnection,
  request: {
    readonly method: 'GET' | 'POST'
    readonly path: string
    readonly body?: unknown
    readonly headers?: Readonly<Record<string, string>>
    readonly timeoutMs?: number
  },
  io: CommandIo,
): Promise<AdminAnswer> {
  try {
    const response = await io.fetch(`${to.server}${request.path}`, {
      method: request.method,
      headers: {
        ...request.headers,
        authorization: `Bearer ${to.token}`,
        'content-type': 'application/json',
      },
      redirect: 'error',
      signal: AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS),
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    })
    const body: unknown = await response.json().catch(() => null)
    return response.ok ? { ok: true, body } : refusedAnswer(response.status, body)
  } catch {
    return noAnswer(to)
  }
}

/** A page of lines, and the cursor of the next one. As `askAdmin` otherwise. */
export async function askAdminLines(
  to: AdminConnection,
  path: string,
  io: CommandIo,
): Promise<
  | { readonly ok: true; readonly lines: string; readonly next: string | null }
  | Extract<AdminAnswer, { ok: false }>
> {
  try {
    const response = await io.fetch(`${to.server}${path}`, {
      headers: { authorization: `Bearer ${to.token}` },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    if (response.ok)
      return { ok: true, lines: await response.text(), next: response.headers.get('stint-next') }
    return refusedAnswer(response.status, await response.json().catch(() => null))
  } catch {
    return noAnswer(to)
  }
}

function noAnswer(to: AdminConnection): Extract<AdminAnswer, { ok: false }> {
  const text = `no answer from ${to.server}`
  return { ok: false, exit: EXIT.unavailable, text, problems: [], moreProblems: 0 }
}

/** A refusal of the admin door in plain words. */
export function refusedAnswer(status: number, body: unknown): Extract<AdminAnswer, { ok: false }> {
  const problem = typeof body === 'object' && body !== null ? (body as Partial<ProblemBody>) : {} // read member by member below
  const id = typeof problem.request_id === 'string' ? ` (${problem.request_id})` : ''
  const text = `${problem.code ?? status}: ${problem.title ?? 'the server refused'}${id}`
  const exit = EXITS[status] ?? (status >= 500 ? EXIT.unavailable : EXIT.failed)
  return {
    ok: false,
    exit,
    text,
    problems: Array.isArray(problem.problems) ? problem.problems : [],
    moreProblems: problem.moreProblems ?? 0,
  }
}

type ProblemBody = {
  code: string
  title: string
  request_id: string
  problems: Problem[]
  moreProblems: number
}

const EXITS: Readonly<Record<number, ExitCode>> = { 409: EXIT.conflict, 422: EXIT.problems }

import { roleArn } from '@stint/sts-client/wire'
import type { ErrorCode } from '../errors.ts'
import { isName } from '../ids.ts'
import { withoutEnds } from './exchange.ts'

/** A request of the container-credentials protocol, read and nothing decided. */
export type ContainerRequest = {
  readonly token: string
  readonly roleAsked: string | null
  readonly roleName: string | null
  readonly lifetimeSeconds: number | null
  readonly claimedSessionName: null
  /** This protocol has no place for one. */
  readonly policy: null
  readonly format: 'container' | 'process'
}

export type ParsedContainerRequest =
  | { readonly ok: true; readonly value: ContainerRequest }
  | { readonly ok: false; readonly code: ErrorCode; readonly parameter: string }

const PARAMETERS = ['format', 'duration_seconds']
const SECONDS = /^[1-9][0-9]{0,8}$/
const BEARER = /^bearer +/i

/**
 * Reads path, query and Authorization. The value of Authorization is the token itself, as SDKs send a token file, or
 * `Bearer` and the token. A person writes the query by hand, so a name that is not one is refused and not ignored.
 */
export function parseContainerRequest(input: {
  /** The last step of the path; null: none. */
  readonly role: string | null
  readonly query: URLSearchParams
  /** Every Authorization header that came. */
  readonly authorization: readonly string[]
  readonly account: string
}): ParsedContainerRequest {
  const { role, query, authorization } = input
  const strange = [...query.keys()].find((name) => !PARAMETERS.includes(name))
  if (strange !== undefined)
    return refuse('parameter_invalid', 'only format and duration_seconds stand in the query')
  const repeated = PARAMETERS.find((name) => query.getAll(name).length > 1)
  if (repeated !== undefined) return refuse('parameter_repeated', repeated)
  if (authorization.length > 1) return refuse('parameter_repeated', 'Authorization')
  const token = withoutEnds((authorization[0] ?? '').replace(BEARER, ''))
  if (token === '') return refuse('token_missing', 'Authorization')
  if (role !== null && !isName(role)) return refuse('parameter_invalid', 'role')
  const format = query.get('format') ?? 'container'
  if (format !== 'container' && format !== 'process') return refuse('parameter_invalid', 'format')
  const seconds = query.get('duration_seconds')
  if (seconds !== null && !SECONDS.test(seconds)) return refuse('parameter_invalid', 'duration_seconds')
  const value = {
    token,
    roleAsked: role === null ? null : roleArn(input.account, role),
    roleName: role,
    lifetimeSeconds: seconds === null ? null : Number(seconds),
    claimedSessionName: null,
    policy: null,
    format,
  } as const
  return { ok: true, value }
}

function refuse(code: ErrorCode, parameter: string): ParsedContainerRequest {
  return { ok: false, code, parameter }
}

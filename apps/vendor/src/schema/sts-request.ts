import { parseRoleArn } from '@stint/sts-client/wire'
import type { AskedPolicy } from '../domain/asked-policy.ts'
import type { ErrorCode } from '../errors.ts'
import { readAskedPolicy } from './asked-policy.ts'
import { isSessionName, withoutEnds } from './exchange.ts'

/** A request of the AWS STS Query protocol, read and nothing decided (botocore's model `sts/2011-06-15`). */
export type StsRequest =
  | (Narrowed & { readonly action: 'AssumeRoleWithWebIdentity'; readonly token: string })
  | (Narrowed & { readonly action: 'AssumeRole' })
  | { readonly action: 'GetCallerIdentity' }

type RoleAsked = {
  readonly roleAsked: string | null
  /** null: no role was asked, or the ARN is not one of this account's. */
  readonly roleName: string | null
  readonly lifetimeSeconds: number | null
  readonly claimedSessionName: string | null
}

type Narrowed = RoleAsked & { readonly policy: AskedPolicy | null }

export type StsRefusal = {
  readonly ok: false
  readonly code: ErrorCode
  /** The parameter by its name on the wire; never its value. */
  readonly parameter?: string
  /** What it must be, in AWS's words. */
  readonly constraint?: string
}
export type ParsedStsRequest = { readonly ok: true; readonly value: StsRequest } | StsRefusal

export type StsInput = {
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  readonly account: string
  /** Whether a token may stand in the query. */
  readonly tokenInQuery: boolean
}

const VERSION = '2011-06-15'
const ACTIONS = ['AssumeRoleWithWebIdentity', 'AssumeRole', 'GetCallerIdentity'] as const
/** May stand once, in the form or in the query and not in both. */
const SINGLE = [
  'Action',
  'Version',
  'RoleArn',
  'RoleSessionName',
  'WebIdentityToken',
  'DurationSeconds',
  'Policy',
  'ProviderId',
  'ExternalId',
  'SerialNumber',
  'TokenCode',
  'SourceIdentity',
] as const
type Single = (typeof SINGLE)[number]
const SINGLE_NAMES: ReadonlySet<string> = new Set(SINGLE)

/** What says something about the session that we do not make true, so that leaving it out would be a lie. */
const UNSUPPORTED: readonly Single[] = ['ProviderId', 'SerialNumber', 'TokenCode', 'SourceIdentity']
const UNSUPPORTED_LISTS = ['Tags', 'TransitiveTagKeys', 'ProvidedContexts']
const LIST_MEMBER = /^([A-Za-z]+)\.(?:member\.)?[0-9]+(?:\.|$)/

const MIN_SECONDS = 900
const MAX_SECONDS = 43_200
const SECONDS = /^[0-9]{1,9}$/
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/

/**
 * Reads form and query together. Parameters that the protocol does not know are ignored, because SDKs are newer than
 * servers; one that it knows and that is not served is refused. Lengths and patterns are those of AWS's model, because
 * no SDK checks them all.
 */
export function parseStsRequest(input: StsInput): ParsedStsRequest {
  const { query, form } = input
  const read = readOnce(form, query)
  if (typeof read === 'string') return { ok: false, code: 'parameter_repeated', parameter: read }
  // botocore sends an empty list as `TransitiveTagKeys=`: empty is left out.
  const get = (name: Single) => read.get(name) || null
  const action = ACTIONS.find((one) => one === get('Action'))
  if (action === undefined) {
    return {
      ok: false,
      code: get('Action') === null ? 'action_missing' : 'action_unknown',
      parameter: 'Action',
    }
  }
  if (get('Version') === null) return { ok: false, code: 'parameter_missing', parameter: 'Version' }
  if (get('Version') !== VERSION) return { ok: false, code: 'version_unsupported', parameter: 'Version' }
  if (action === 'GetCallerIdentity') return { ok: true, value: { action } }
  const unsupported = UNSUPPORTED.find((name) => get(name) !== null) ?? unsupportedList(form, query)
  if (unsupported !== undefined) return { ok: false, code: 'parameter_unsupported', parameter: unsupported }
  const asked = roleAsked(get, input.account)
  if ('ok' in asked) return asked
  const narrowed = readAskedPolicy({
    // Empty is not left out here: it would mean the whole role.
    policy: read.get('Policy') ?? null,
    policyArns: policyArns(form, query),
    account: input.account,
  })
  if (!narrowed.ok) return { ok: false, code: narrowed.code, parameter: 'Policy' }
  const { policy } = narrowed
  if (action === 'AssumeRole') {
    if (asked.roleAsked === null) return { ok: false, code: 'parameter_missing', parameter: 'RoleArn' }
    return { ok: true, value: { action, ...asked, policy } }
  }
  const inForm = form.get('WebIdentityToken') || null
  if (inForm === null && query.get('WebIdentityToken') && !input.tokenInQuery) {
    return { ok: false, code: 'token_in_query', parameter: 'WebIdentityToken' }
  }
  return withToken({ ...asked, policy }, inForm ?? query.get('WebIdentityToken') ?? '')
}

function withToken(asked: Narrowed, sent: string): ParsedStsRequest {
  const token = withoutEnds(sent)
  if (token === '') return { ok: false, code: 'parameter_missing', parameter: 'WebIdentityToken' }
  if (token.length < 4 || token.length > 20_000) return outside('WebIdentityToken', '4 to 20000 characters')
  return { ok: true, value: { action: 'AssumeRoleWithWebIdentity', token, ...asked } }
}

function roleAsked(get: (name: Single) => string | null, account: string): RoleAsked | StsRefusal {
  const arn = get('RoleArn')
  if (arn !== null && (arn.length < 20 || arn.length > 2048))
    return outside('RoleArn', '20 to 2048 characters')
  const claimedSessionName = get('RoleSessionName')
  if (claimedSessionName !== null && !isSessionName(claimedSessionName)) {
    return outside('RoleSessionName', '2 to 64 of [\\w+=,.@-]')
  }
  const seconds = get('DurationSeconds')
  if (
    seconds !== null &&
    (!SECONDS.test(seconds) || Number(seconds) < MIN_SECONDS || Number(seconds) > MAX_SECONDS)
  ) {
    return outside('DurationSeconds', `a whole number, ${MIN_SECONDS} to ${MAX_SECONDS}`)
  }
  const externalId = get('ExternalId')
  // No role asks for one, so it is checked for form and decides nothing, as at AWS.
  if (externalId !== null && !EXTERNAL_ID.test(externalId)) {
    return outside('ExternalId', '2 to 1224 of [\\w+=,.@:/-]')
  }
  const parsed = arn === null ? null : parseRoleArn(arn)
  return {
    roleAsked: arn,
    roleName: parsed?.account === account ? parsed.name : null,
    lifetimeSeconds: seconds === null ? null : Number(seconds),
    claimedSessionName,
  }
}

function outside(parameter: Single, constraint: string): StsRefusal {
  return { ok: false, code: 'parameter_invalid', parameter, constraint }
}

function unsupportedList(form: URLSearchParams, query: URLSearchParams): string | undefined {
  const found = lists(form, query)
  return UNSUPPORTED_LISTS.find((name) => found.includes(name))
}

/**
 * `PolicyArns.member.1.arn`; a member in any other form, or without a value, names no policy and is refused as one that is
 * unknown: left out it would mean the whole role. A list that is empty as a whole (`PolicyArns=`) asks for nothing.
 */
function policyArns(form: URLSearchParams, query: URLSearchParams): readonly string[] {
  return [...form, ...query].flatMap(([name, value]) => {
    if (LIST_MEMBER.exec(name)?.[1] !== 'PolicyArns') return []
    return [/^PolicyArns\.member\.[0-9]+\.arn$/.test(name) ? value : '']
  })
}

/**
 * The parameters that may stand once, and the members of `PolicyArns`, by name; or the one that stands twice, because two
 * readers would take two values of it.
 */
function readOnce(form: URLSearchParams, query: URLSearchParams): ReadonlyMap<string, string> | string {
  const read = new Map<string, string>()
  for (const parameters of [form, query]) {
    for (const [name, value] of parameters) {
      const isMember = name.startsWith('PolicyArns.')
      if (!isMember && !isSingle(name)) continue
      if (read.has(name)) return isMember ? 'PolicyArns' : name
      read.set(name, value)
    }
  }
  return read
}

function isSingle(name: string): name is Single {
  return SINGLE_NAMES.has(name)
}

/** The lists of which some member has a value: `Tags.member.1.Key=a`. */
function lists(form: URLSearchParams, query: URLSearchParams): readonly string[] {
  const names: string[] = []
  for (const parameters of [form, query]) {
    for (const [name, value] of parameters) {
      const list = value === '' || !name.includes('.') ? undefined : LIST_MEMBER.exec(name)?.[1]
      if (list !== undefined) names.push(list)
    }
  }
  return names
}

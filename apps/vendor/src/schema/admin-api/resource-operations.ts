import { COLLECTIONS, type Collection } from '../../domain/collection.ts'
import { declarationSchema, POLICY_REF_PATTERN } from '../configuration.ts'
import { NAME_PATTERN } from '../members.ts'
import type { Operation, Parameter } from './operation.ts'
import {
  answer,
  listOf,
  named,
  object,
  oneOf,
  operation,
  orNull,
  path,
  query,
  text,
  whole,
} from './operation-parts.ts'
import { FILTERS } from './resource-filters.ts'

/** The collections, each with the kind of what stands in it. */
export const RESOURCES = Object.entries(COLLECTIONS) as readonly (readonly [
  Collection,
  (typeof COLLECTIONS)[Collection],
])[] // the table's own entries

/** How the operations of a collection are called: of many, and of one. */
const WORDS: Readonly<Record<Collection, readonly [many: string, one: string]>> = {
  issuers: ['Issuers', 'Issuer'],
  targets: ['Targets', 'Target'],
  policies: ['Policies', 'Policy'],
  roles: ['Roles', 'Role'],
  mappings: ['Mappings', 'Mapping'],
  admins: ['Admins', 'Admin'],
}

/** The name of one of a collection, in a path. */
export function nameOf(collection: Collection): Parameter {
  const pattern = collection === 'policies' ? POLICY_REF_PATTERN : NAME_PATTERN
  return path('name', { type: 'string', pattern }, 'its name')
}

/** What every kind of resource can be asked. */
export function resourceOperations(collection: Collection): readonly Operation[] {
  return [...reads(collection), ...writes(collection), ...history(collection)]
}

function at(collection: Collection): string {
  return `/v1/admin/${collection}`
}

const LIMIT = query('limit', whole(1, 500), 'how many; 100 where nothing is said')
const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: true,
  description: 'the version that is changed, as `ETag` gave it',
  schema: { type: 'string', pattern: '^"[1-9][0-9]{0,8}"$' },
}
const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  description: 'creates: refused where it exists',
  schema: { type: 'string', enum: ['*'] },
}
const DRY = query('plan', oneOf(['true', 'false']), 'true: only says what it would do')

function reads(collection: Collection): readonly Operation[] {
  return [
    {
      ...operation(operationId('list', collection), 'GET', at(collection), 'config.read'),
      summary: 'a page by name, enabled and disabled',
      parameters: [
        ...Object.entries(FILTERS[collection]).map(([filter, schema]) => query(filter, schema, 'only these')),
        query('after', text(80), 'names after this one: the `next` of the page before'),
        LIMIT,
      ],
      answers: {
        200: answer(
          'a page',
          object({
            generation: whole(0, Number.MAX_SAFE_INTEGER),
            items: listOf(named('Resource')),
            next: orNull(text(80)),
          }),
        ),
      },
    },
    {
      ...operation(operationId('get', collection), 'GET', `${at(collection)}/{name}`, 'config.read'),
      summary: 'as it stands, in the words of stint.yaml; `ETag` is its version',
      parameters: [nameOf(collection)],
      answers: { 200: answer('the resource', named('Resource')) },
    },
  ]
}

function writes(collection: Collection): readonly Operation[] {
  const answers = {
    200: answer('it stands, nothing had to change, or the plan', named('Applied')),
    202: answer('it widens: nothing of it stands before a second person’s yes', named('Applied')),
  }
  const turn = (verb: 'enable' | 'disable', summary: string): Operation => ({
    ...operation(operationId(verb, collection), 'POST', `${at(collection)}/{name}:${verb}`, 'config.apply'),
    summary,
    parameters: [nameOf(collection), IF_MATCH, DRY],
    answers,
  })
  return [
    {
      ...operation(operationId('put', collection), 'PUT', `${at(collection)}/{name}`, 'config.apply'),
      summary: 'creates it (If-None-Match: *) or changes it (If-Match)',
      parameters: [nameOf(collection), { ...IF_MATCH, required: false }, IF_NONE_MATCH, DRY],
      body: declarationSchema(collection),
      answers,
    },
    turn('disable', 'it counts no more; its versions stay'),
    turn('enable', 'it counts again as it last stood'),
  ]
}

function history(collection: Collection): readonly Operation[] {
  const one = `${at(collection)}/{name}`
  const name = nameOf(collection)
  const version = (parameter: string): Parameter => ({
    ...query(parameter, whole(1, 999_999_999), 'a version'),
    required: true,
  })
  return [
    {
      ...operation(historyOperationId(collection, 'all'), 'GET', `${one}/versions`, 'config.read'),
      summary: 'every version that ever stood, with its author, newest first',
      parameters: [
        name,
        query('before', whole(1, 999_999_999), 'below this version: the `next` of the page before'),
        LIMIT,
      ],
      answers: {
        200: answer(
          'a page',
          object({ versions: listOf(named('Version')), next: orNull({ type: 'integer' }) }),
        ),
      },
    },
    {
      ...operation(historyOperationId(collection, 'one'), 'GET', `${one}/versions/{version}`, 'config.read'),
      summary: 'one version as it stood',
      parameters: [name, path('version', whole(1, 999_999_999), 'its number')],
      answers: { 200: answer('the version', named('Resource')) },
    },
    {
      ...operation(operationId('diff', collection), 'GET', `${one}/diff`, 'config.read'),
      summary: 'what differs between two versions, in words',
      parameters: [name, version('from'), version('to')],
      answers: { 200: answer('the difference', named('Difference')) },
    },
  ]
}

/** The id of what a verb does to one of a collection: `putMapping`. */
export function operationId(
  verb: 'list' | 'get' | 'put' | 'enable' | 'disable' | 'diff',
  of: Collection,
): string {
  const [many, one] = WORDS[of]
  return `${verb}${verb === 'list' ? many : one}`
}

/** The id of what the history of one of a collection answers. */
export function historyOperationId(of: Collection, which: 'all' | 'one'): string {
  const one = WORDS[of][1]
  return which === 'all' ? `list${one}Versions` : `get${one}Version`
}

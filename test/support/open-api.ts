/** The OpenAPI document as a test reads it: what it needs of it, and requests made from it. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly [member: string]: unknown
}

export type Parameter = {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: Schema
}

export type Described = {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly permission: string
  readonly parameters: readonly Parameter[]
  readonly body: Schema | null
  /** By status. */
  readonly answers: Readonly<Record<string, Schema>>
  /** Of a good answer that is no JSON. */
  readonly contentType: string | null
}

type Document = { readonly paths: Record<string, Record<string, RawOperation>> }
type RawOperation = {
  readonly operationId: string
  readonly 'x-stint-permission': string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Schema }> }
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: Schema }> }>
}

const PROBLEM = 'application/problem+json'

/** The doors of callers speak the protocols of others, and have no permission; their own tests drive them. */
function administered(methods: Record<string, RawOperation>): [string, RawOperation][] {
  return Object.entries(methods).filter(([, raw]) => 'x-stint-permission' in raw)
}

/** Every operation of the admin API in a document. */
export function operationsOf(document: unknown): readonly Described[] {
  const { paths } = document as Document // what openApiDocument makes
  return Object.entries(paths).flatMap(([path, methods]) =>
    administered(methods).map(([method, raw]) => ({
      id: raw.operationId,
      method: method.toUpperCase(),
      path,
      permission: raw['x-stint-permission'],
      parameters: raw.parameters ?? [],
      contentType:
        Object.keys(raw.responses['200']?.content ?? {}).find((one) => one !== 'application/json') ?? null,
      body: raw.requestBody?.content['application/json']?.schema ?? null,
      answers: Object.fromEntries(
        Object.entries(raw.responses).flatMap(([status, { content }]) => {
          const schema = Object.entries(content).find(([type]) => type !== PROBLEM)?.[1].schema
          return schema === undefined ? [] : [[status, schema] as const]
        }),
      ),
    })),
  )
}

/** A path with its parameters filled in, and a query. */
export function urlOf(
  { path }: Described,
  values: Readonly<Record<string, string>>,
  query: readonly (readonly [string, string])[] = [],
): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  )
  return query.length === 0
    ? filled
    : `${filled}?${new URLSearchParams(query.map(([name, value]): [string, string] => [name, value]))}`
}

/** Seeded numbers from 0 to 1 (mulberry32): a run that fails can be run again. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Values that somebody careless or hostile would send in the place of any other. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  '*',
  '../../etc/passwd',
  '%00',
  'a\u0000b',
  "'; DROP TABLE resource; --",
  '<script>alert(1)</script>',
  '{{bucket}}',
  // What a store would take for a variable.
  ['$', '{aws:username}'].join(''),
  '\uD800',
  '𝕏'.repeat(40),
  'x'.repeat(70_000),
  [],
  [null],
  {},
  { constructor: { prototype: { admin: true } } },
  [[[[[[[[[[]]]]]]]]]],
  Array.from({ length: 2_000 }, (_, at) => at),
]

/** One value changed somewhere inside: replaced, left out, doubled, or with a member beside it that nobody knows. */
export function mutated(value: unknown, random: () => number): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T // the lists are never empty
  if (Array.isArray(value) && value.length > 0 && random() < 0.7) {
    const at = Math.floor(random() * value.length)
    return value.map((one, index) => (index === at ? mutated(one, random) : one))
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const names = Object.keys(value)
    const how = random()
    if (how < 0.15) return { ...value, [pick(['extra', 'admin', '__proto__x', 'Mode', ''])]: pick(HOSTILE) }
    const name = names.length === 0 ? null : pick(names)
    if (name === null) return pick(HOSTILE)
    const { [name]: one, ...rest } = value as Record<string, unknown> // an object, as told above
    return how < 0.3 ? rest : { ...rest, [name]: mutated(one, random) }
  }
  return pick(HOSTILE)
}

/** A text of a query, a header or a path changed the same way. */
export function mutatedText(random: () => number): string {
  const texts = HOSTILE.filter((one): one is string => typeof one === 'string' && one.length < 1_000)
  // A lone surrogate has no place in a URL.
  return (texts[Math.floor(random() * texts.length)] ?? '').toWellFormed()
}

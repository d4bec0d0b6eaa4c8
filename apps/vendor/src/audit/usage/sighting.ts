import type { AuditEvent, Decision } from '../../domain/audit-event.ts'
import { isCommitment } from '../../domain/personal/commitment.ts'
import { prefixOf } from '../../domain/refusal-collapse.ts'

/**
 * What an event says of the use of mappings, as one text: it crosses to the writer at the cost of a string, and equal
 * ones are counted together before anybody reads them. Names are slugs, so neither line ends nor commas are in them; what
 * a caller is free to choose, `sub` or the role asked, stands last.
 */
export type SightingText = string

/** A sighting, read. */
export type Sighting = {
  readonly mappings: readonly { readonly mapping: string; readonly version: number }[]
  /** null: none was decided. */
  readonly role: string | null
  readonly target: string | null
  /** null: no token was verified. */
  readonly issuer: string | null
  readonly given: number | null
  readonly asked: number | null
  /** /24 of IPv4, /48 of IPv6; '' where it does not count. */
  readonly network: string
  /** `sub` of what was given; of a refusal '', or the name in the role ARN that was asked for. */
  readonly tail: string
}

const ROLE_ARN = /^arn:aws:iam::[0-9]{12}:role\/([a-z0-9-]{1,64})$/

/** The sighting of an event, or null: it says nothing of use by itself. Outcomes are counted by that of their intent. */
export function sightingOf(event: AuditEvent): SightingText | null {
  switch (event.type) {
    case 'assume.intent':
    case 'assume.redelivered': {
      const { decision, subject, source } = event
      const { askedSeconds, givenSeconds } = decision.lifetime
      // Of an address that is erased nobody can tell the network.
      const ip = isCommitment(source.ip) ? '' : source.ip
      return `${namesOf(decision)}\n${subject.issuer.name}\n${givenSeconds ?? ''}\n${askedSeconds ?? ''}\n${ip}\n${subject.sub}`
    }
    case 'assume.refused': {
      const { decision, subject } = event
      const issuer = subject?.issuer.name ?? ''
      if (decision === null) return `\n\n\n${issuer}\n\n\n\n`
      const asked = decision.role === null ? (ROLE_ARN.exec(decision.roleAsked ?? '')?.[1] ?? '') : ''
      return `${namesOf(decision)}\n${issuer}\n\n\n\n${asked}`
    }
    case 'assume.refused_summary':
      return `\n\n\n${event.subject?.issuer ?? ''}\n\n\n\n`
    default:
      return null
  }
}

/**
 * The sighting of an event whose personal members are commitments: subjects are counted by their pseudonyms, networks by the
 * address itself.
 */
export function countedSighting(event: AuditEvent, clear: AuditEvent): SightingText | null {
  const isOfSource = event.type === 'assume.intent' || event.type === 'assume.redelivered'
  return isOfSource && clear.type === event.type
    ? sightingOf({ ...event, source: clear.source })
    : sightingOf(event)
}

function namesOf({ mappings, role, target }: Decision): string {
  const [first] = mappings
  const pins =
    mappings.length === 1 && first !== undefined
      ? `${first.name}@${first.version}`
      : mappings.map(({ name, version }) => `${name}@${version}`).join(',')
  return `${pins}\n${role?.name ?? ''}\n${target?.name ?? ''}`
}

const FIELDS = 7

/** Reads a sighting. */
export function readSighting(text: SightingText): Sighting {
  const fields: string[] = []
  let from = 0
  while (fields.length < FIELDS) {
    const end = text.indexOf('\n', from)
    fields.push(text.slice(from, end))
    from = end + 1
  }
  const [pins = '', role = '', target = '', issuer = '', given = '', asked = '', ip = ''] = fields
  return {
    mappings: pins === '' ? [] : pins.split(',').map(readPin),
    role: role === '' ? null : role,
    target: target === '' ? null : target,
    issuer: issuer === '' ? null : issuer,
    given: given === '' ? null : Number(given),
    asked: asked === '' ? null : Number(asked),
    network: ip === '' ? '' : prefixOf(ip, 48),
    tail: text.slice(from),
  }
}

function readPin(pin: string): { readonly mapping: string; readonly version: number } {
  const at = pin.lastIndexOf('@')
  return { mapping: pin.slice(0, at), version: Number(pin.slice(at + 1)) }
}

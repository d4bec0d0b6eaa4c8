import type { RecordedEvent } from '../audit-event.ts'
import type { Exported, Exporter } from './exported.ts'
import { actorOf, present, subjectOf, textMember } from './exported.ts'

/** A CloudEvent 1.0 in JSON; `sequence` is of the Sequence extension, `stintleaf` ours. */
export type CloudEvent = Readonly<Record<string, unknown>> & {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: string
  readonly type: string
}

/** Where the JSON Schema of events is served. */
const EVENTS_SCHEMA_PATH = '/events.schema.json'

/** Sixteen digits, so that texts of it are in the order of the log (the Sequence extension wants that). */
const SEQUENCE_DIGITS = 16

/**
 * The event as a CloudEvent: `source` and `id` together name it for ever, so whoever gets it twice can tell. `subject` is
 * who or what it is about.
 */
export function cloudEvent(exported: Exported, { publicUrl }: Exporter): CloudEvent {
  const { event, seq, leaf } = exported
  const about = aboutOf(exported)
  return {
    specversion: '1.0',
    id: event.id,
    source: `${publicUrl}/log`,
    type: event.type,
    ...present({ subject: about === '' ? null : about }),
    time: event.at,
    datacontenttype: 'application/json',
    dataschema: publicUrl + EVENTS_SCHEMA_PATH,
    sequence: String(seq).padStart(SEQUENCE_DIGITS, '0'),
    stintleaf: leaf,
    data: event,
  }
}

function aboutOf(exported: Exported): string | null {
  const { event } = exported
  const subject = subjectOf(exported)
  if (event.type.startsWith('assume.') && subject !== null) return `${subject.issuer.url}|${subject.sub}`
  const actor = actorOf(exported)
  return nounOf(event) ?? (actor === null ? null : `${actor.issuer}|${actor.sub}`)
}

/** The noun that an event is of, by the member that it is named in. */
function nounOf(event: RecordedEvent): string | null {
  const [noun = ''] = event.type.split('.')
  const names = [noun, 'assumption', 'change', 'revocation', 'target', 'issuer', 'anchor', 'sink']
  return names.map((name) => textMember(event, name)).find((text) => text !== null) ?? null
}

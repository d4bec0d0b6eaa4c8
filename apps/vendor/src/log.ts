import { pino, stdTimeFunctions } from 'pino'
import type { Logger } from './ports.ts'

/** Members that hold secrets wherever they turn up: the second net. The first is `Secret<T>`. */
const REDACTED = ['token', 'subjectToken', 'secretAccessKey', 'sessionToken', 'authorization', 'password']

/** The process log: JSON lines on standard error. Its level cannot touch the audit (DESIGN rule 2). */
export function createLogger(level: string, stream: NodeJS.WritableStream): Logger {
  const log = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (name) => ({ level: name }) },
      redact: [...REDACTED, ...REDACTED.map((name) => `*.${name}`)],
    },
    stream,
  )
  return {
    info: (event, facts) => log.info(facts ?? {}, event),
    warn: (event, facts) => log.warn(facts ?? {}, event),
    error: (event, facts) => log.error(facts ?? {}, event),
  }
}

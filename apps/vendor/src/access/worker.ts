import { parentPort, workerData } from 'node:worker_threads'
import { VendorError } from '../errors.ts'
import { Secret } from '../secret.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { AccessBook } from './access-book.ts'
import { createAccessBook } from './access-book.ts'
import type { AccessReading } from './access-reading.ts'
import { createAccessReading } from './access-reading.ts'
import { listSessions } from './list-sessions.ts'
import type { AccessAnswer, AccessQuestion, AccessWorkerData, ReadQuestion } from './messages.ts'
import { readEntries } from './read-entries.ts'

type Opened = {
  readonly connection: Connection
  readonly book: AccessBook
  readonly reading: AccessReading
}

const port = parentPort
if (port !== null) serve(port, workerData as AccessWorkerData) // made by access/open-access.ts, which types it

/**
 * The one reader and writer of `access.db`. Entries are read here as well, because they are large, come in floods and hold secrets of
 * others that should not lie in the memory that vends. The file is opened at the first question that needs it, and again
 * after any that failed: a file that is broken costs what it holds and nothing else.
 */
function serve(to: NonNullable<typeof parentPort>, { path, migrations }: AccessWorkerData): void {
  let open: Opened | null = null

  function opened(): Opened {
    if (open === null) {
      const connection = openDatabase(path, migrations)
      // What a power cut takes here the store has told once, and nothing rests on it.
      connection.pragma('synchronous = NORMAL')
      open = { connection, book: createAccessBook(connection), reading: createAccessReading(connection) }
    }
    return open
  }

  function close(): void {
    try {
      open?.connection.close()
    } catch {
      // Opened anew where it is asked for again.
    }
    open = null
  }

  async function answer(question: AccessQuestion): Promise<AccessAnswer> {
    switch (question.do) {
      case 'take': {
        const read = readEntries(question.body)
        if (read === null) return { ok: false, code: 'body_malformed', reason: '' }
        return {
          ok: true,
          value: {
            ...opened().book.take(question.target, read.entries, question.nowMs),
            ignored: read.ignored,
          },
        }
      }
      case 'mark':
        return { ok: true, value: opened().book.mark(question.marks) }
      case 'purge':
        return { ok: true, value: opened().book.purge(question.keepDays, question.nowMs) }
      case 'list':
        return {
          ok: true,
          value: await listSessions(
            { ...question.store, secret: new Secret(question.secret) },
            question.nowMs,
          ),
        }
      default:
        return { ok: true, value: readFrom(opened().reading, question) }
    }
  }

  to.on('message', (message: { readonly id: number; readonly question: AccessQuestion } | 'close') => {
    if (message === 'close') {
      close()
      to.close()
      return
    }
    void answer(message.question)
      .catch((thrown: unknown): AccessAnswer => {
        if (thrown instanceof VendorError && thrown.code === 'parameter_invalid')
          return { ok: false, code: 'parameter_invalid', reason: 'cursor' }
        close()
        const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'failed'
        return { ok: false, code: 'access_unavailable', reason }
      })
      .then((said) => to.postMessage({ id: message.id, said }))
  })
}

function readFrom(reading: AccessReading, question: ReadQuestion): unknown {
  switch (question.do) {
    case 'accesses':
      return reading.accesses(...question.asked)
    case 'told':
      return reading.told(...question.asked)
    case 'uses':
      return reading.uses(...question.asked)
    case 'usedSeconds':
      return reading.usedSeconds(...question.asked)
    case 'unjudged':
      return reading.unjudged(...question.asked)
  }
}

import { parentPort, workerData } from 'node:worker_threads'
import { Secret } from '../secret.ts'
import type { Connection } from '../storage/sqlite/open.ts'
import { openDatabase } from '../storage/sqlite/open.ts'
import type { AccessBook } from './access-book.ts'
import { createAccessBook } from './access-book.ts'
import { listSessions } from './list-sessions.ts'
import type { AccessAnswer, AccessQuestion, AccessWorkerData } from './messages.ts'
import { readEntries } from './read-entries.ts'

const port = parentPort
if (port !== null) serve(port, workerData as AccessWorkerData) // made by access/open-access.ts, which types it

/**
 * The one writer of `access.db`. Entries are read here as well, because they are large, come in floods and hold secrets of
 * others that should not lie in the memory that vends. The file is opened at the first question that needs it, and again
 * after any that failed: a file that is broken costs what it holds and nothing else.
 */
function serve(to: NonNullable<typeof parentPort>, { path, migrations }: AccessWorkerData): void {
  let open: { readonly connection: Connection; readonly book: AccessBook } | null = null

  function book(): AccessBook {
    if (open === null) {
      const connection = openDatabase(path, migrations)
      // What a power cut takes here the store has told once, and nothing rests on it.
      connection.pragma('synchronous = NORMAL')
      open = { connection, book: createAccessBook(connection) }
    }
    return open.book
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
          value: { ...book().take(question.target, read.entries, question.nowMs), ignored: read.ignored },
        }
      }
      case 'mark':
        return { ok: true, value: book().mark(question.marks) }
      case 'purge':
        return { ok: true, value: book().purge(question.keepDays, question.nowMs) }
      case 'list':
        return {
          ok: true,
          value: await listSessions(
            { ...question.store, secret: new Secret(question.secret) },
            question.nowMs,
          ),
        }
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
        close()
        const reason = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'failed'
        return { ok: false, code: 'access_unavailable', reason }
      })
      .then((said) => to.postMessage({ id: message.id, said }))
  })
}

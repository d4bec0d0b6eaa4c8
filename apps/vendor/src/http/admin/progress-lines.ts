import type { Context } from 'hono'

/** What somebody asks for who wants to see how far long work is. */
export const LINES = 'application/x-ndjson'

export type ProgressLines = {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  /** When the first progress is there: what is wrong with the request is known before, and is answered as everywhere. */
  readonly begun: Promise<void>
  progress(progress: { readonly done: number; readonly of: number }): void
  /** The last line. */
  end(line: unknown): void
}

export function wantsLines(c: Context): boolean {
  return c.req.header('accept')?.includes(LINES) === true
}

/** An answer in lines of JSON. `onGone` hears when nobody reads it any more. */
export function progressLines(onGone: () => void): ProgressLines {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const encoder = new TextEncoder()
  let write: (line: unknown) => void = () => undefined
  let close: () => void = () => undefined
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      write = (line) => controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`))
      close = () => controller.close()
    },
    cancel() {
      write = () => undefined
      close = () => undefined
      onGone()
    },
  })
  return {
    stream,
    begun,
    progress(progress) {
      begin()
      write({ progress })
    },
    end(line) {
      write(line)
      close()
    },
  }
}

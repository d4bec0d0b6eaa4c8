import { spawn } from 'node:child_process'
import { once } from 'node:events'

export type ProgramEnd = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program to its end with exactly this environment; `started` gets its process id. */
export async function runProgram(
  command: readonly [string, ...string[]],
  options: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly cwd?: string
    readonly stdin?: string
    readonly started?: (pid: number) => void
  },
): Promise<ProgramEnd> {
  const [file, ...args] = command
  const child = spawn(file, args, {
    env: { ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  // A program may end before it reads what it was given: that is no failure of the one who gave it.
  child.stdin.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') child.emit('error', error)
  })
  if (options.stdin === undefined) child.stdin.end()
  else child.stdin.end(options.stdin)
  if (child.pid !== undefined) options.started?.(child.pid)
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

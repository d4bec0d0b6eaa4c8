import { spawn } from 'node:child_process'
import { once } from 'node:events'

// A small shell that outlives this process by a moment. Its stdin is a pipe from here: however we end
// (return, uncaught error, Ctrl-C, SIGKILL), the pipe closes, and it kills what was started and removes the
// folder. Handlers for `exit` and signals would miss SIGKILL, and would change what Ctrl-C means to a caller.
const SCRIPT = `
group=; folder=
while read -r verb value; do
  case $verb in
    group) group=$value ;;
    folder) folder=$value ;;
    done) exit 0 ;;
  esac
done
[ -n "$group" ] && kill -s KILL -- "-$group" 2>/dev/null
[ -n "$folder" ] && rm -rf -- "$folder"
exit 0
`

/** What must not survive this process: one process group and one folder at a time. */
export type Guard = {
  /** The process group to be killed; `undefined` when there is none any more. */
  group(pid: number | undefined): void
  /** The folder to be removed. */
  folder(path: string): void
  /** Everything was cleaned up in good order. */
  release(): Promise<void>
}

/** Starts a guard; it costs one idle `sh` until `release()`. */
export async function startGuard(): Promise<Guard> {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    // It needs `rm`, whatever PATH the caller has been given.
    env: { PATH: '/usr/bin:/bin' },
  })
  await once(shell, 'spawn')
  const exited = once(shell, 'exit')
  // A guard that died early shows as a failed write: then nothing is guarded, which must not pass silently,
  // but the error belongs to the write's caller and not to nobody.
  shell.stdin.on('error', () => undefined)
  const say = (line: string) => {
    if (shell.exitCode !== null) throw new Error('the guard of a started process is gone')
    shell.stdin.write(`${line}\n`)
  }
  return {
    group: (pid) => say(`group ${pid ?? ''}`),
    folder(path) {
      if (!path.startsWith('/') || path.includes('\n')) throw new Error('a guard needs an absolute path')
      say(`folder ${path}`)
    },
    async release() {
      if (shell.exitCode !== null) return
      shell.stdin.end('done\n')
      await exited
    },
  }
}

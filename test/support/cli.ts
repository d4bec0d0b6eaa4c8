import { randomBytes } from 'node:crypto'
import type { CommandIo } from '../../apps/vendor/src/cli/io.ts'
import type { TestVendor } from './vendor.ts'

export type CliRun = { readonly code: number; readonly out: string; readonly err: string }

/** Runs a command of the administrator as a function, signed in as the first administrator of `vendor`. */
export async function runCli(
  command: (io: CommandIo) => Promise<number>,
  given: {
    readonly vendor?: TestVendor
    readonly files?: Readonly<Record<string, string>>
    readonly now?: Date
    /** Whose token it has; left out: the first administrator's. */
    readonly as?: string
  },
): Promise<CliRun> {
  let [out, err] = ['', '']
  const { vendor, files = {}, now = new Date(), as = 'first-administrator' } = given
  const env =
    vendor === undefined
      ? {}
      : {
          STINT_SERVER: vendor.url,
          STINT_ADMIN_TOKEN: vendor.admin.sign({ sub: as, aud: 'stint-admin' }),
        }
  const code = await command({
    env,
    stdout: (text) => {
      out += text
    },
    stderr: (text) => {
      err += text
    },
    readFile: async (path) => {
      const text = files[path]
      if (text === undefined) throw new Error(`no file ${path}`)
      return text
    },
    fetch,
    now: () => now,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
  })
  return { code, out, err }
}

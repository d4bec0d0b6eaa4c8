import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Claims } from '../../apps/vendor/src/domain/subject.ts'
import { runProgram } from '../support/run-program.ts'
import type { TestIssuer } from '../support/test-issuer.ts'
import type { Fault, Job, Recipe } from './recipe.ts'

/** Where the pages say that a token is which no platform's own variable names. */
export const TOKEN_PLACE = '/run/stint/token'

/** What a job has to publish: `build.txt` in its folder. */
export const buildText = (page: string): string => `made by the job of ${page}\n`

export type JobOptions = {
  readonly recipe: Recipe
  readonly issuer: TestIssuer
  /** The audience of the token in the file. */
  readonly audience: string
  /** Holds the folders of all jobs. */
  readonly root: string
  /** The programs that pages name. */
  readonly bin: string
  readonly fault: Fault | undefined
}

/** A job's folder with its files and its token. */
export async function newJob(options: JobOptions): Promise<Job> {
  const { recipe, issuer, audience, fault } = options
  const folder = await mkdtemp(join(options.root, `${recipe.page.replace('.md', '')}-`))
  const id = randomUUID()
  const tokenFile = join(folder, 'token')
  const env = {
    PATH: `${options.bin}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    // One second try shows that there is one; the defaults take seconds where something is wrong.
    AWS_MAX_ATTEMPTS: '2',
  }
  const token = (aud: string, asked: readonly string[] = []) =>
    issuer.sign({ ...claimsOf(recipe, { aud, asked, fault }), jti: id })
  await writeFile(tokenFile, token(audience) + (fault?.afterToken ?? ''))
  await writeFile(join(folder, 'build.txt'), buildText(recipe.page))
  return {
    id,
    folder,
    env,
    tokenFile,
    audience,
    token,
    async put(files) {
      for (const { path, text } of files) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), text)
      }
    },
    sh: (script, more = {}) =>
      runProgram(['sh', '-e', '-c', script], { cwd: folder, env: { ...env, ...more } }),
  }
}

type TokenOf = { readonly aud: string; readonly asked: readonly string[]; readonly fault: Fault | undefined }

/** Times and issuer are the test issuer's own. */
function claimsOf({ claims, onRequest = [] }: Recipe, { aud, asked, fault }: TokenOf): Claims {
  const { iss: _issuer, iat: _made, nbf: _from, exp: _until, ...said } = claims
  const withheld = onRequest.filter((name) => !asked.includes(name))
  const given = Object.entries(said).filter(([name]) => !withheld.includes(name))
  return { ...Object.fromEntries(given), aud, ...fault?.claims }
}

import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import type { Env } from './source.ts'
import { place, present } from './source.ts'

/** The token in an environment variable. Throws StsClientError: subject_token_absent. */
export function tokenEnv(name: string, env: Env): TokenSource {
  return async () => present(env[name], place('environment variable', name))
}

/** The variable that the examples of this package name under `id_tokens:`; GitLab leaves its name to the user. */
export const GITLAB_VARIABLE = 'STINT_ID_TOKEN'

export type GitlabOptions = {
  readonly env: Env
  /** The name under `id_tokens:` in .gitlab-ci.yml. Default `STINT_ID_TOKEN`. */
  readonly variable?: string
}

/**
 * The ID token that a GitLab CI job was given by `id_tokens:`. GitLab makes it once, at the start of the job, and it
 * lives as long as the job may run (5 minutes where no timeout is set). Throws StsClientError: subject_token_absent.
 */
export function gitlabToken({ env, variable = GITLAB_VARIABLE }: GitlabOptions): TokenSource {
  return async () => {
    if (env['GITLAB_CI'] !== 'true')
      throw new StsClientError('subject_token_absent', { detail: 'this is no GitLab CI job' })
    const where = `${place('environment variable', variable)}; the job needs it under \`id_tokens:\` with its \`aud:\``
    return present(env[variable], where)
  }
}

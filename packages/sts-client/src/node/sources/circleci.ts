import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import { runForToken } from './command.ts'
import type { Env } from './source.ts'
import { present } from './source.ts'

export type CircleciOptions = {
  readonly env: Env
  /**
   * The audience to ask for, by `circleci run oidc get`. Left out: the token that the job was started with, whose
   * audience is the id of the organization and whose life is an hour.
   */
  readonly audience?: string
  /** Milliseconds until `circleci` is killed. Default 30,000. */
  readonly timeoutMs?: number
}

/**
 * The OIDC token of the running CircleCI job: with an audience a fresh one from `circleci run oidc get`, else
 * `CIRCLE_OIDC_TOKEN_V2` (its `sub` names the branch), else `CIRCLE_OIDC_TOKEN`. Throws StsClientError:
 * subject_token_absent (no such job, or no token in it), subject_token_command_failed, subject_token_unavailable.
 */
export function circleciToken({ env, audience, timeoutMs }: CircleciOptions): TokenSource {
  return async () => {
    if (env['CIRCLECI'] !== 'true')
      throw new StsClientError('subject_token_absent', { detail: 'this is no CircleCI job' })
    if (audience === undefined) {
      const token = env['CIRCLE_OIDC_TOKEN_V2'] || env['CIRCLE_OIDC_TOKEN']
      return present(token, 'environment variables `CIRCLE_OIDC_TOKEN_V2` and `CIRCLE_OIDC_TOKEN`')
    }
    const claims = JSON.stringify({ aud: audience })
    return runForToken(['circleci', 'run', 'oidc', 'get', '--claims', claims], {
      what: '`circleci run oidc get`',
      env,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
  }
}

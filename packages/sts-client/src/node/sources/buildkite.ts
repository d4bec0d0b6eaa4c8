import { StsClientError } from '../../errors.ts'
import type { TokenSource } from '../../provider.ts'
import { runForToken } from './command.ts'
import type { Env } from './source.ts'

export type BuildkiteOptions = {
  /** The audience that the Stint server has configured for Buildkite. */
  readonly audience: string
  readonly env: Env
  /** Life to ask for, in seconds; Buildkite's default is 300 and its limit 7,200. */
  readonly lifetimeSeconds?: number
  /** Claims that are given on request only, such as `organization_id` and `pipeline_id`. */
  readonly claims?: readonly string[]
  /** Milliseconds until the agent is killed. Default 30,000. */
  readonly timeoutMs?: number
}

/**
 * A fresh OIDC token of the running Buildkite job, asked of `buildkite-agent oidc request-token` (agent 3.41 or newer),
 * which finds the job and its access token in the job's environment and tries again by itself. Throws StsClientError:
 * subject_token_absent (no such job), subject_token_command_failed, subject_token_unavailable.
 */
export function buildkiteToken(options: BuildkiteOptions): TokenSource {
  const { audience, env, lifetimeSeconds, claims = [], timeoutMs } = options
  return async () => {
    if (env['BUILDKITE'] !== 'true')
      throw new StsClientError('subject_token_absent', { detail: 'this is no Buildkite job' })
    if (audience === '') throw new StsClientError('options_invalid', { detail: '`audience` is empty' })
    const command = [
      'buildkite-agent',
      'oidc',
      'request-token',
      '--audience',
      audience,
      ...(lifetimeSeconds === undefined ? [] : ['--lifetime', String(lifetimeSeconds)]),
      ...claims.flatMap((claim) => ['--claim', claim]),
    ] as const
    return runForToken(command, {
      what: '`buildkite-agent oidc request-token`',
      env,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
  }
}

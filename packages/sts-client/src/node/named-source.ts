import { resolve } from 'node:path'
import type { TokenSource } from '../provider.ts'
import type { Send } from '../transport.ts'
import type { ExchangeValues } from './arguments.ts'
import { usage } from './io.ts'
import { buildkiteToken } from './sources/buildkite.ts'
import { chain } from './sources/chain.ts'
import { circleciToken } from './sources/circleci.ts'
import { tokenCommand } from './sources/command.ts'
import { gitlabToken, tokenEnv } from './sources/env.ts'
import { kubernetesToken, tokenFile } from './sources/file.ts'
import { githubActionsTokenBy } from './sources/github.ts'
import type { Env, ReadFile } from './sources/source.ts'
import { present } from './sources/source.ts'

/**
 * Where a command line says that the token is. `place` names it without the token: what a cache is keyed by. `atHand`:
 * reading the token costs nothing, and another identity's may stand in the same place at any time.
 */
export type NamedSource = { readonly place: string; readonly source: TokenSource; readonly atHand?: true }

export type Surroundings = {
  readonly env: Env
  readonly send: Send
  readonly readFile: ReadFile
  readonly stdin?: () => Promise<string>
  /** Sources of an OIDC provider; left out where they are not served (they need `openid-client`). */
  readonly provider?: (kind: 'machine' | 'person', values: ExchangeValues) => TokenSource
}

/** The one place that is named, or the first of those that a platform provides. Throws StsClientError `options_invalid`. */
export function sourceOf(
  values: ExchangeValues,
  io: Surroundings & { readonly server: string },
): NamedSource {
  const { env, readFile } = io
  const audience = values.audience ?? io.server.replace(/\/+$/, '')
  const github = () => ({
    place: `github ${audience}`,
    source: githubActionsTokenBy(io.send, { audience, env }),
  })
  const gitlab = () => ({ place: 'gitlab', source: gitlabToken({ env }) })
  const buildkite = () => ({ place: `buildkite ${audience}`, source: buildkiteToken({ audience, env }) })
  const circleci = () => ({
    place: `circleci ${values.audience ?? ''}`,
    source: circleciToken({ env, ...(values.audience === undefined ? {} : { audience: values.audience }) }),
  })
  const kubernetes = () => ({ place: 'kubernetes', source: kubernetesToken({ readFile }) })
  const named = [
    ...given(values['token-file'], (path) =>
      path === '-'
        ? { place: 'stdin', source: tokenStdin(io) }
        : { place: `file ${resolve(path)}`, source: tokenFile(path, { readFile }), atHand: true as const },
    ),
    ...given(values['token-env'], (name) => variable(name, env)),
    ...given(values['token-command'], (command) => ({
      place: `command ${command} in ${resolve('.')}`,
      source: tokenCommand(command, { env }),
    })),
    ...(values.github ? [github()] : []),
    ...(values.gitlab ? [gitlab()] : []),
    ...(values.buildkite ? [buildkite()] : []),
    ...(values.circleci ? [circleci()] : []),
    ...(values.kubernetes ? [kubernetes()] : []),
    ...given(values['client-credentials'], (issuer) => ofProvider('machine', issuer, { values, io })),
    ...given(values['device-login'], (issuer) => ofProvider('person', issuer, { values, io })),
  ]
  if (named.length > 1) throw usage('name one place of the token, not several')
  const [one] = named
  if (one !== undefined) return one
  const own = variable('STINT_TOKEN', env)
  if (env['STINT_TOKEN']?.trim()) return own
  const platforms = [own, github(), gitlab(), buildkite(), circleci(), kubernetes()]
  return { place: `first ${audience}`, source: chain(...platforms.map(({ source }) => source)) }
}

function variable(name: string, env: Env): NamedSource {
  return { place: `env ${name}`, source: tokenEnv(name, env), atHand: true }
}

function given(value: string | undefined, source: (value: string) => NamedSource): readonly NamedSource[] {
  return value === undefined ? [] : [source(value)]
}

function ofProvider(
  kind: 'machine' | 'person',
  issuer: string,
  { values, io }: { readonly values: ExchangeValues; readonly io: Surroundings },
): NamedSource {
  if (io.provider === undefined)
    throw usage('this command asks no OIDC provider; `stint exec`, `env` and `exchange` do')
  const who = `${issuer} ${values['client-id'] ?? ''} ${values.scope ?? ''} ${values.audience ?? ''}`
  return { place: `${kind} ${who}`, source: io.provider(kind, values) }
}

function tokenStdin({ stdin }: Surroundings): TokenSource {
  if (stdin === undefined) throw usage('this program gives no standard input to the command')
  return async () => present(await stdin(), 'standard input')
}

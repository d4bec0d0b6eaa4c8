// `buildkite-agent oidc request-token`, as its documentation says: a token for the audience that is asked for, with the claims
// that are asked for, on a line of its own.
import { printToken, usage } from './mint-client.mjs'

const [oidc, request, ...flags] = process.argv.slice(2)
if (oidc !== 'oidc' || request !== 'request-token') usage('buildkite-agent oidc request-token')
const asked = new URLSearchParams()
for (let i = 0; i < flags.length; i += 2) {
  const [flag, value] = [flags[i], flags[i + 1]]
  if (value === undefined) usage(`buildkite-agent: ${flag} needs a value`)
  if (flag === '--audience') asked.set('audience', value)
  else if (flag === '--claim') asked.append('claim', value)
  else if (flag !== '--lifetime') usage(`buildkite-agent: unknown flag ${flag}`)
}
// Left out, Buildkite fills in the organization.
if (!asked.has('audience')) asked.set('audience', 'https://buildkite.com/acme')
await printToken(asked)

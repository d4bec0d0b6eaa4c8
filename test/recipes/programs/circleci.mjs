// `circleci run oidc get --claims JSON`, as its documentation says: a token with that audience, on a line of its own.
import { printToken, usage } from './mint-client.mjs'

const [run, oidc, get, flag, json] = process.argv.slice(2)
if (`${run} ${oidc} ${get} ${flag}` !== 'run oidc get --claims') usage('circleci run oidc get --claims JSON')
const { aud, ...rest } = JSON.parse(json)
if (Object.keys(rest).length > 0) usage(`circleci: claims of its own: ${Object.keys(rest)}`)
await printToken(new URLSearchParams({ audience: aud }))

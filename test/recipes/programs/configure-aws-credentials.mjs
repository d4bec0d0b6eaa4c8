// Stands in for `aws-actions/configure-aws-credentials` where its bundle is not at hand: the same inputs, the same two calls
// with the same SDK (AssumeRoleWithWebIdentity for the job's ID token, then GetCallerIdentity signed by what came back), the
// same defaults, the same variables for the steps after it. Not its code, and without its twelve tries.
import { appendFileSync } from 'node:fs'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const input = (name, otherwise = '') => process.env[`INPUT_${name.toUpperCase()}`] || otherwise

async function idToken(audience) {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env
  if (!bearer)
    throw new Error(
      'Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers',
    )
  const answer = await fetch(`${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `Bearer ${bearer}` },
  })
  return (await answer.json()).value
}

async function main() {
  const region = input('aws-region')
  if (region === '') throw new Error('Input required and not supplied: aws-region')
  const common = {
    region,
    ...(input('sts-endpoint') === '' ? {} : { endpoint: input('sts-endpoint') }),
    customUserAgent: [['configure-aws-credentials-for-github-actions']],
  }
  const role = input('role-to-assume')
  if (!role.startsWith('arn:aws'))
    throw new Error('Source Account ID is needed if the Role Name is provided and not the Role Arn.')
  const WebIdentityToken = await idToken(input('audience', 'sts.amazonaws.com'))
  const { Credentials } = await new STSClient(common)
    .send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: role,
        RoleSessionName: input('role-session-name', 'GitHubActions'),
        DurationSeconds: Number(input('role-duration-seconds', '3600')),
        WebIdentityToken,
      }),
    )
    .catch((error) => {
      throw new Error(`Could not assume role with OIDC: ${error.message}`)
    })
  const credentials = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  }
  const { Account } = await new STSClient({ ...common, credentials }).send(new GetCallerIdentityCommand({}))
  const exported = {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  }
  for (const [name, value] of Object.entries(exported))
    appendFileSync(process.env.GITHUB_ENV, `${name}<<end\n${value}\nend\n`)
  if (!Account) throw new Error('the answer names no account')
}

main().catch((error) => {
  console.log(`::error::${error.message}`)
  process.exitCode = 1
})

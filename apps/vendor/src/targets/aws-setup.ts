import type { SetupInput, TargetSetup } from './adapter.ts'
import { memberOf } from './adapter.ts'
import { accountOf, denyOlderPermission, pretty, providerName, roleNameOf } from './federation.ts'
import { basePolicyName, clientIdOf } from './role-arn.ts'
import { issuerUrlOf } from './target-key.ts'
import { wallNotes, wallOf } from './wall.ts'

/** What makes an AWS role one that Stint assumes: who may, what it may at most, and how long. */
export function awsSetup(input: SetupInput): TargetSetup {
  const { target, body, publicUrl, reaches } = input
  const { kind, mode, endpoint, admin } = body
  const roleArn = memberOf(body, 'roleArn')
  const role = roleNameOf(roleArn)
  const issuer = issuerUrlOf(publicUrl, target)
  const provider = {
    title: 'the provider: AWS fetches our keys from there, over https and without a port',
    text: `aws iam create-open-id-connect-provider --url ${issuer} --client-id-list ${clientIdOf(target)}`,
  }
  return {
    ...{ target, kind, mode, endpoint },
    steps: [
      ...(mode === 'issued-identity' ? [provider] : []),
      {
        title: `the role: save as trust.json, then: aws iam create-role --role-name ${role} --max-session-duration ${body.maxSessionSeconds ?? 3600} --assume-role-policy-document file://trust.json`,
        text: pretty(mode === 'issued-identity' ? federated(input, roleArn) : trusted(input)),
      },
      {
        title: `the outer wall: save as wall.json, then: aws iam put-role-policy --role-name ${role} --policy-name ${basePolicyName(target)} --policy-document file://wall.json`,
        text: pretty({ Version: '2012-10-17', Statement: wallOf(reaches) }),
      },
      ...(admin === undefined
        ? []
        : [
            {
              title: 'for whoever is `admin` of the target, to end sessions',
              text: pretty(denyOlderPermission(roleArn)),
            },
          ]),
    ],
    notes: [
      'this was proved against moto, not against AWS itself',
      'use this role for nothing else: to end sessions is to end all older sessions of it',
      ...(admin === undefined ? ['without `admin` no session can be ended before it expires'] : []),
      ...(mode === 'issued-identity' && !/^https:\/\/[^/:]+\//.test(issuer)
        ? [`AWS takes no issuer such as ${issuer}: it wants https and no port`]
        : []),
      ...wallNotes(reaches),
    ],
  }
}

/** Beside assuming, the trust policy must allow what comes along, or the whole call fails. */
const ALONG = ['sts:TagSession', 'sts:SetSourceIdentity']

function federated({ target, publicUrl }: SetupInput, roleArn: string): object {
  const name = providerName(issuerUrlOf(publicUrl, target))
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::${accountOf(roleArn)}:oidc-provider/${name}` },
        Action: ['sts:AssumeRoleWithWebIdentity', ...ALONG],
        Condition: { StringEquals: { [`${name}:aud`]: clientIdOf(target) } },
      },
    ],
  }
}

function trusted({ body }: SetupInput): object {
  const { externalId } = body
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'the ARN of the user or role that Stint runs as' },
        Action: ['sts:AssumeRole', ...ALONG],
        ...(externalId === undefined
          ? {}
          : { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
      },
    ],
  }
}

import type { SetupInput, TargetSetup } from './adapter.ts'
import { memberOf } from './adapter.ts'
import { thumbprintOf } from './certificate.ts'
import { pretty, providerName, roleNameOf } from './federation.ts'
import { basePolicyName, clientIdOf } from './role-arn.ts'
import { issuerUrlOf } from './target-key.ts'
import { wallNotes, wallOf } from './wall.ts'

/** What makes a Ceph object gateway trust Stint: a provider, a role, and the role's own policy as the outer wall. */
export function rgwSetup({ target, body, publicUrl, reaches, certificate }: SetupInput): TargetSetup {
  const { kind, mode, endpoint, admin } = body
  const issuer = issuerUrlOf(publicUrl, target)
  const clientId = clientIdOf(target)
  const role = roleNameOf(memberOf(body, 'roleArn'))
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: [`arn:aws:iam:::oidc-provider/${providerName(issuer)}`] },
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Condition: { StringEquals: { [`${providerName(issuer)}:app_id`]: clientId } },
      },
    ],
  }
  const iam = `aws --endpoint-url ${endpoint} iam`
  const thumbprint = certificate === null ? 'the-target-has-no-key-yet' : thumbprintOf(certificate)
  return {
    ...{ target, kind, mode, endpoint },
    steps: [
      {
        title:
          'the gateway takes session tokens: in ceph.conf of the gateway, with 16 letters or digits of your own',
        text: 'rgw sts key = …\nrgw s3 auth use sts = true',
      },
      {
        title: 'a user who may write roles and providers, for these steps',
        text: 'radosgw-admin user create --uid=stint-setup --display-name=stint-setup --caps="roles=*;oidc-provider=*;user-policy=*"',
      },
      {
        title:
          'the provider; the thumbprint is that of our key’s certificate, and another one after each rekey',
        text: `${iam} create-open-id-connect-provider --url ${issuer} --client-id-list ${clientId} --thumbprint-list ${thumbprint}`,
      },
      {
        title: `the role: save as trust.json, then: ${iam} create-role --role-name ${role} --assume-role-policy-document file://trust.json`,
        text: pretty(trust),
      },
      {
        title: `the outer wall: save as wall.json, then: ${iam} put-role-policy --role-name ${role} --policy-name ${basePolicyName(target)} --policy-document file://wall.json`,
        text: pretty({ Version: '2012-10-17', Statement: wallOf(reaches) }),
      },
    ],
    notes: [
      'use this role for nothing else: to end sessions is to end all older sessions of it',
      ...(admin === undefined
        ? ['without `admin` no session can be ended before it expires: give one with caps roles=*']
        : []),
      ...wallNotes(reaches),
    ],
  }
}

/** What AWS and Ceph have in common where they trust an identity provider: names, and the policies that say so. */

/** The provider's name in ARNs and condition keys: the issuer without its scheme. */
export function providerName(issuerUrl: string): string {
  return issuerUrl.replace(/^https?:\/\//, '')
}

/** The name of a role in its ARN, without its path. */
export function roleNameOf(roleArn: string): string {
  return roleArn.slice(roleArn.lastIndexOf('/') + 1)
}

/** The account in a role's ARN; empty at a store that has none. */
export function accountOf(roleArn: string): string {
  return roleArn.split(':')[4] ?? ''
}

/** What Stint needs beside to end sessions, for whoever is `admin` of the target. */
export function denyOlderPermission(roleArn: string): object {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['iam:GetRolePolicy', 'iam:PutRolePolicy'], Resource: [roleArn] }],
  }
}

export function pretty(value: object): string {
  return JSON.stringify(value, null, 2)
}

import type { ConditionKeys } from '../condition-key.ts'
import { ESCAPES } from '../pattern.ts'
import { AWS_ACTIONS } from './aws-actions.ts'
import type { Dialect } from './dialect.ts'
import type { ConditionRules } from './standard-conditions.ts'
import { checkConditionsBy } from './standard-conditions.ts'
import type { StatementRules } from './statement.ts'
import { checkStatementBy } from './statement.ts'

/** AWS IAM User Guide, "AWS global condition context keys"; those of S3 that every action takes. */
const GLOBAL =
  'CalledVia CalledViaFirst CalledViaLast CurrentTime Ec2InstanceSourcePrivateIPv4 Ec2InstanceSourceVpc EpochTime FederatedProvider MultiFactorAuthAge MultiFactorAuthPresent PrincipalAccount PrincipalArn PrincipalIsAWSService PrincipalOrgID PrincipalOrgPaths PrincipalServiceName PrincipalTag PrincipalType Referer RequestedRegion RequestTag ResourceAccount ResourceOrgID ResourceOrgPaths ResourceTag SecureTransport SourceAccount SourceArn SourceIdentity SourceIp SourceOrgID SourceOrgPaths SourceVpc SourceVpcArn SourceVpce TagKeys TokenIssueTime UserAgent userid username ViaAWSService VpceAccount VpceOrgID VpceOrgPaths VpcSourceIp'
const S3 =
  'AccessGrantsInstanceArn AccessPointNetworkOrigin AccessPointTag BucketTag DataAccessPointAccount DataAccessPointArn ResourceAccount TlsVersion authType signatureAge signatureversion x-amz-content-sha256'

const KEYS: ConditionKeys = {
  common: new Set([
    ...GLOBAL.split(' ').map((name) => `aws:${name}`),
    ...S3.split(' ').map((name) => `s3:${name}`),
  ]),
  tagged: new Set([
    'aws:PrincipalTag',
    'aws:RequestTag',
    'aws:ResourceTag',
    's3:AccessPointTag',
    's3:BucketTag',
    's3:ExistingObjectTag',
    's3:RequestObjectTag',
  ]),
  actions: AWS_ACTIONS,
}

/** What a client sends as it likes, and AWS itself calls no protection. */
const SENT_BY_CALLER = new Set(['aws:Referer', 'aws:UserAgent'])

const CONDITIONS: ConditionRules = {
  keys: KEYS,
  has: () => true,
  isForgeable: (key) => SENT_BY_CALLER.has(key),
  refuseValues: () => null,
}

const RULES: StatementRules = {
  actions: AWS_ACTIONS,
  mixed: true,
  oneSign: true,
  anySegment: true,
  escapes: true,
  wholeStore: ['*', 'arn:aws:s3:::*'],
  isKeyArn: (text) => /^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/.test(text),
  checkConditions: (condition, at) => checkConditionsBy(CONDITIONS, condition, at),
}

/** Amazon S3 through AWS STS, partition `aws`. */
export const AWS: Dialect = {
  name: 'aws',
  title: 'AWS',
  actions: AWS_ACTIONS,
  open: true,
  keys: KEYS,
  budget: {
    // AWS STS API Reference, AssumeRole, "Policy".
    max: 2048,
    unit: 'characters',
    counted: 'the inline policy as it is sent',
    unseen:
      'AWS also packs policy and tags in a form that only AWS can measure, and may refuse what fits here',
  },
  // Only Latin-1 passes the checks, so a code unit is a character.
  measure: (printed) => printed.length,
  escapes: ESCAPES,
  isForgeable: CONDITIONS.isForgeable,
  reading: {
    starIgnoresResource: false,
    starBeginsAll: false,
    actionsByCase: false,
    keysByCase: false,
    oneSign: 'character',
    bucketIsPath: false,
    escapes: true,
    implies: new Map(),
    missingHoldsNot: true,
    notOf: 'all',
    nullReadsValue: true,
  },
  checkStatement: (statement, placeholders, path) =>
    checkStatementBy(RULES, statement, { placeholders, path }),
}

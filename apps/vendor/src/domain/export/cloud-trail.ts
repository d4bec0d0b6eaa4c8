import type { RecordedEvent } from '../audit-event.ts'
import type { Exported, Exporter } from './exported.ts'
import {
  actorOf,
  operationOf,
  parentOf,
  present,
  roleArn,
  sourceOf,
  subjectOf,
  textMember,
} from './exported.ts'

/** A record as CloudTrail writes them, so that what reads those reads this. */
export type CloudTrailRecord = Readonly<Record<string, unknown>>

/**
 * The event as a CloudTrail record; an exchange is the `AssumeRoleWithWebIdentity` that detections know, one from a session
 * of ours the `AssumeRole`, with the member `errorCode` where it gave nothing. null for an intent: CloudTrail has one record a call, and that is the outcome's.
 */
export function cloudTrailRecord(exported: Exported, exporter: Exporter): CloudTrailRecord | null {
  const { event, seq, leaf } = exported
  if (event.type === 'assume.intent') return null
  const isExchange = EXCHANGES.has(event.type)
  const source = sourceOf(exported)
  return {
    eventVersion: '1.11',
    userIdentity: identityOf(exported, exporter),
    eventTime: event.at.replace(/\.[0-9]{3}Z$/, 'Z'),
    eventSource: isExchange ? 'sts.amazonaws.com' : 'stint',
    eventName: isExchange ? operationOf(exported) : nameOf(event.type),
    awsRegion: 'us-east-1',
    sourceIPAddress: source?.ip ?? 'stint.internal',
    userAgent: source?.userAgent ?? 'stint',
    ...errorOf(event),
    requestParameters: isExchange ? requestOf(exported, exporter) : null,
    responseElements: answerOf(exported, exporter),
    ...present({ requestID: textMember(event, 'request') ?? exported.intent?.request }),
    eventID: event.id.slice('evt_'.length),
    readOnly: false,
    resources: resourcesOf(exported, exporter),
    eventType: isExchange ? 'AwsApiCall' : 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: exporter.account,
    eventCategory: 'Management',
    additionalEventData: { stintSequence: seq, stintLeaf: leaf, stintEvent: event },
  }
}

const EXCHANGES = new Set<string>([
  'assume.issued',
  'assume.redelivered',
  'assume.upstream_failed',
  'assume.withheld',
  'assume.unresolved',
  'assume.refused',
  'assume.refused_summary',
])

/** `config.changed` as `ConfigChanged`. */
function nameOf(type: string): string {
  return type
    .split(/[._]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

function identityOf(exported: Exported, { account }: Exporter): object {
  const { event } = exported
  const subject = subjectOf(exported)
  const parent = parentOf(exported)
  if (subject !== null && parent !== null) {
    return {
      type: 'AssumedRole',
      principalId: parent,
      accountId: account,
      userName: subject.sub,
      sessionContext: { webIdFederationData: { federatedProvider: subject.issuer.url, attributes: {} } },
    }
  }
  if (subject !== null) {
    return {
      type: 'WebIdentityUser',
      principalId: `${subject.issuer.url}:${subject.aud.join(',')}:${subject.sub}`,
      userName: subject.sub,
      identityProvider: subject.issuer.url,
    }
  }
  const actor = actorOf(exported)
  if (actor !== null) {
    const { issuer, sub, person } = actor
    return {
      type: 'WebIdentityUser',
      principalId: `${issuer}:${sub}`,
      userName: person,
      identityProvider: issuer,
    }
  }
  const claimedIssuer = claimedIssuerOf(event)
  // Nobody verified who it was; what the token claimed stands in the event.
  return claimedIssuer === null
    ? { type: 'AWSService', invokedBy: 'stint' }
    : { type: 'Unknown', identityProvider: claimedIssuer }
}

function claimedIssuerOf(event: RecordedEvent): string | null {
  if (event.type === 'assume.refused_summary') return event.claimedIssuer ?? 'unknown'
  if (event.type === 'assume.refused' || event.type === 'admin.refused')
    return event.claimed?.issuer ?? 'unknown'
  return null
}

function errorOf(event: RecordedEvent): object {
  switch (event.type) {
    case 'assume.refused':
    case 'assume.refused_summary':
    case 'admin.refused':
      return { errorCode: 'AccessDenied', errorMessage: event.code }
    case 'assume.upstream_failed':
    case 'assume.withheld':
      return { errorCode: 'ServiceUnavailable', errorMessage: event.code }
    case 'assume.unresolved':
      return { errorCode: 'ServiceUnavailable', errorMessage: event.reason }
    default:
      return {}
  }
}

function requestOf({ event, intent }: Exported, exporter: Exporter): object {
  const of = intent ?? (event.type === 'assume.refused' || event.type === 'assume.redelivered' ? event : null)
  const decision = of?.decision ?? null
  const role = decision?.role?.name
  return present({
    roleArn: role === undefined ? decision?.roleAsked : roleArn(role, exporter),
    roleSessionName: intent?.sessionName ?? of?.claimedSessionName,
    durationSeconds: decision?.lifetime.givenSeconds ?? decision?.lifetime.askedSeconds,
  })
}

function answerOf(exported: Exported, exporter: Exporter): object | null {
  const { event, intent } = exported
  if (event.type !== 'assume.issued' && event.type !== 'assume.redelivered') return null
  const subject = parentOf(exported) === null ? subjectOf(exported) : null
  const decision = event.type === 'assume.redelivered' ? event.decision : intent?.decision
  const role = decision?.role?.name
  return present({
    subjectFromWebIdentityToken: subject?.sub,
    audience: subject?.aud.join(','),
    provider: subject?.issuer.url,
    // The secret key and the session token are in no record of anything.
    credentials: { accessKeyId: event.accessKeyId, expiration: event.expires },
    assumedRoleUser:
      role === undefined
        ? null
        : {
            assumedRoleId: `${event.assumption}:${intent?.sessionName ?? ''}`,
            arn: `arn:aws:sts::${exporter.account}:assumed-role/${role}/${intent?.sessionName ?? event.assumption}`,
          },
  })
}

function resourcesOf({ event, intent }: Exported, exporter: Exporter): readonly object[] {
  const decision = 'decision' in event ? event.decision : intent?.decision
  const role = decision?.role?.name
  if (role === undefined) return []
  return [{ accountId: exporter.account, type: 'AWS::IAM::Role', ARN: roleArn(role, exporter) }]
}

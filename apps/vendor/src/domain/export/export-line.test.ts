import { expect, test } from 'vitest'
import { EXPORTER, exportedExamples } from '../../../../../test/support/event-examples.ts'
import { cloudEvent } from './cloud-event.ts'
import { cloudTrailRecord } from './cloud-trail.ts'
import { EXPORT_FORMATS, exportedLine } from './export-line.ts'
import { ocsfEvent } from './ocsf.ts'

const example = (type: string) => {
  const found = exportedExamples().find(({ event }) => event.type === type)
  if (found === undefined) throw new Error(`no example of ${type}`)
  return found
}

test('a session in CloudTrail is the record that detections of AssumeRoleWithWebIdentity look for', () => {
  const chained = example('assume.issued')
  if (chained.intent === null) throw new Error('the example has no intent')
  // The recorded one came from a session of ours.
  const { chain: _none, ...intent } = chained.intent
  const issued = { ...chained, intent }
  const { subject, sessionName } = intent
  expect(cloudTrailRecord(issued, EXPORTER)).toMatchObject({
    eventSource: 'sts.amazonaws.com',
    eventName: 'AssumeRoleWithWebIdentity',
    userIdentity: { type: 'WebIdentityUser', userName: subject.sub, identityProvider: subject.issuer.url },
    requestParameters: { roleArn: expect.stringMatching(/^arn:aws:iam::123456789012:role\//) },
    responseElements: {
      subjectFromWebIdentityToken: subject.sub,
      credentials: { accessKeyId: expect.any(String) },
      assumedRoleUser: { arn: expect.stringContaining(`/${sessionName}`) },
    },
    recipientAccountId: '123456789012',
  })
})

test('a session from a session of ours is an AssumeRole of that session, and no token was shown', () => {
  const issued = example('assume.issued')
  if (issued.intent === null) throw new Error('the example has no intent')
  const parent = 'asm_0193f000-0000-7000-8000-000000000001'
  const intent = { ...issued.intent, chain: ['asm_0193f000-0000-7000-8000-000000000000', parent] as const }
  const record = cloudTrailRecord({ ...issued, intent }, EXPORTER)
  expect(record).toMatchObject({
    eventName: 'AssumeRole',
    userIdentity: { type: 'AssumedRole', principalId: parent, userName: intent.subject.sub },
    responseElements: { credentials: { accessKeyId: expect.any(String) } },
  })
  expect(record?.['responseElements']).not.toHaveProperty('subjectFromWebIdentityToken')
  const asked = ocsfEvent({ ...issued, event: { ...intent, at: issued.event.at }, intent: null }, EXPORTER)
  expect(asked['api']).toMatchObject({ operation: 'AssumeRole' })
})

test('what gave nothing has an error in CloudTrail, and an intent is no record of its own', () => {
  for (const type of ['assume.refused', 'assume.refused_summary', 'admin.refused'])
    expect(cloudTrailRecord(example(type), EXPORTER)).toMatchObject({ errorCode: 'AccessDenied' })
  for (const type of ['assume.upstream_failed', 'assume.withheld', 'assume.unresolved'])
    expect(cloudTrailRecord(example(type), EXPORTER)).toMatchObject({ errorCode: 'ServiceUnavailable' })
  expect(cloudTrailRecord(example('assume.intent'), EXPORTER)).toBeNull()
})

test('the sequences of CloudEvents are in the order of the log as texts, and ids are the events’ own', () => {
  const events = exportedExamples().map((one) => cloudEvent(one, EXPORTER))
  const sequences = events.map((event) => String(event['sequence']))
  expect(sequences.toSorted()).toEqual(sequences)
  expect(events.map(({ id }) => id)).toEqual(exportedExamples().map(({ event }) => event.id))
})

test('the numbers of an OCSF event belong together', () => {
  for (const one of exportedExamples()) {
    const event = ocsfEvent(one, EXPORTER)
    expect(event['type_uid']).toBe(Number(event['class_uid']) * 100 + Number(event['activity_id']))
    expect(event['category_uid']).toBe(Math.floor(Number(event['class_uid']) / 1000))
  }
})

test('without its intent an outcome is exported all the same: nobody is named', () => {
  for (const one of exportedExamples())
    for (const format of EXPORT_FORMATS)
      expect(() => exportedLine({ ...one, intent: null }, format, EXPORTER)).not.toThrow()
})

test('of a pruned event our own form says its place and leaf, and the others have no line', () => {
  const row = { seq: 7, leaf: 'ab', body: null, event: null, intent: null }
  expect(exportedLine(row, 'jsonl', EXPORTER)).toBe('{"seq":7,"leaf":"ab","event":null}')
  for (const format of ['ocsf', 'cloudtrail', 'cloudevents'] as const)
    expect(exportedLine(row, format, EXPORTER)).toBeNull()
})

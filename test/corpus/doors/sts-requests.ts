/** A request of the STS wire that is refused before it is an exchange: by form, by query, or by its headers. */
export type StsRefusal = {
  readonly name: string
  readonly form?: Readonly<Record<string, string>> | string
  readonly query?: string
  readonly method?: string
  readonly contentType?: string | null
  readonly expect: { readonly status: number; readonly code: string }
}

const refusedAs = (status: number, code: string) => ({ status, code })
const INVALID = refusedAs(400, 'ValidationError')

/** `form` over a request that is good; `undefined` would not travel, so an empty text leaves out. */
export const STS_REFUSALS: readonly StsRefusal[] = [
  { name: 'no Action', form: { Action: '' }, expect: refusedAs(400, 'MissingAction') },
  {
    name: 'an unknown Action',
    form: { Action: 'GetFederationToken' },
    expect: refusedAs(400, 'InvalidAction'),
  },
  {
    name: 'an Action in another case',
    form: { Action: 'assumerolewithwebidentity' },
    expect: refusedAs(400, 'InvalidAction'),
  },
  {
    name: 'an Action with a blank',
    form: { Action: 'AssumeRoleWithWebIdentity ' },
    expect: refusedAs(400, 'InvalidAction'),
  },
  {
    name: 'two Actions',
    form: 'Action=GetCallerIdentity&Action=AssumeRoleWithWebIdentity&Version=2011-06-15',
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  {
    name: 'an Action in the form and another in the query',
    query: 'Action=GetCallerIdentity',
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  { name: 'no Version', form: { Version: '' }, expect: refusedAs(400, 'MissingParameter') },
  {
    name: 'another Version',
    form: { Version: '2011-06-16' },
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  { name: 'no token', form: { WebIdentityToken: '' }, expect: refusedAs(400, 'MissingParameter') },
  {
    name: 'a token of white space',
    form: { WebIdentityToken: '\n' },
    expect: refusedAs(400, 'MissingParameter'),
  },
  { name: 'a token of three characters', form: { WebIdentityToken: 'a.b' }, expect: INVALID },
  { name: 'a token of 20,001 characters', form: { WebIdentityToken: 'a'.repeat(20_001) }, expect: INVALID },
  {
    name: 'two tokens',
    form: 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=a.b.c&WebIdentityToken=d.e.f',
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  {
    name: 'a token in the query',
    form: { WebIdentityToken: '' },
    query: 'WebIdentityToken=a.b.c',
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  {
    name: 'two policies under one member',
    form: 'Action=AssumeRoleWithWebIdentity&Version=2011-06-15&WebIdentityToken=a.b.c&PolicyArns.member.1.arn=x&PolicyArns.member.1.arn=y',
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  {
    name: 'a role in the form and in the query',
    query: 'RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fapp-artifacts',
    expect: refusedAs(400, 'InvalidParameterValue'),
  },
  { name: 'a RoleArn of 19 characters', form: { RoleArn: 'arn:aws:iam::1:role' }, expect: INVALID },
  { name: 'a RoleArn of one character, as the JS SDK lets it pass', form: { RoleArn: 'x' }, expect: INVALID },
  {
    name: 'a RoleArn of 2,049 characters',
    form: { RoleArn: `arn:aws:iam::123456789012:role/${'a'.repeat(2018)}` },
    expect: INVALID,
  },
  { name: 'a session name of one character', form: { RoleSessionName: 'a' }, expect: INVALID },
  { name: 'a session name of 65 characters', form: { RoleSessionName: 'a'.repeat(65) }, expect: INVALID },
  { name: 'a session name with a blank', form: { RoleSessionName: 'a b' }, expect: INVALID },
  { name: 'a session name with a line break', form: { RoleSessionName: 'ab\n' }, expect: INVALID },
  { name: 'a session name of other letters', form: { RoleSessionName: 'naïve' }, expect: INVALID },
  { name: 'a duration of 899', form: { DurationSeconds: '899' }, expect: INVALID },
  { name: 'a duration of 43,201', form: { DurationSeconds: '43201' }, expect: INVALID },
  { name: 'a duration of 0', form: { DurationSeconds: '0' }, expect: INVALID },
  { name: 'a negative duration', form: { DurationSeconds: '-3600' }, expect: INVALID },
  { name: 'a duration with a sign', form: { DurationSeconds: '+3600' }, expect: INVALID },
  { name: 'a duration with a fraction', form: { DurationSeconds: '3600.5' }, expect: INVALID },
  { name: 'a duration as a power', form: { DurationSeconds: '36e2' }, expect: INVALID },
  { name: 'a duration in hex', form: { DurationSeconds: '0xe10' }, expect: INVALID },
  { name: 'a duration in words', form: { DurationSeconds: '1h' }, expect: INVALID },
  { name: 'a duration of many digits', form: { DurationSeconds: '9'.repeat(400) }, expect: INVALID },
  { name: 'an ExternalId of one character', form: { ExternalId: 'a' }, expect: INVALID },
  { name: 'an ExternalId with a blank', form: { ExternalId: 'a b' }, expect: INVALID },
  {
    name: 'session tags',
    form: { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'a' },
    expect: INVALID,
  },
  { name: 'transitive tags', form: { 'TransitiveTagKeys.member.1': 'team' }, expect: INVALID },
  {
    name: 'a provided context',
    form: { 'ProvidedContexts.member.1.ProviderArn': 'arn:aws:iam::aws:contextProvider/x' },
    expect: INVALID,
  },
  { name: 'a source identity', form: { SourceIdentity: 'somebody' }, expect: INVALID },
  {
    name: 'an MFA device',
    form: { SerialNumber: 'arn:aws:iam::1:mfa/x', TokenCode: '123456' },
    expect: INVALID,
  },
  { name: 'an OAuth provider', form: { ProviderId: 'www.amazon.com' }, expect: INVALID },
  {
    name: 'an unknown role',
    form: { RoleArn: 'arn:aws:iam::123456789012:role/nobody' },
    expect: refusedAs(403, 'AccessDenied'),
  },
  {
    name: 'a role of another account',
    form: { RoleArn: 'arn:aws:iam::210987654321:role/app-artifacts' },
    expect: refusedAs(403, 'AccessDenied'),
  },
  {
    name: 'a role of another partition',
    form: { RoleArn: 'arn:aws-cn:iam::123456789012:role/app-artifacts' },
    expect: refusedAs(403, 'AccessDenied'),
  },
  {
    name: 'no role where two mappings match',
    form: { RoleArn: '' },
    expect: refusedAs(400, 'MissingParameter'),
  },
  {
    name: 'a token that is none',
    form: { WebIdentityToken: 'a.b.c' },
    expect: refusedAs(400, 'InvalidIdentityToken'),
  },
  {
    name: 'JSON',
    form: '{}',
    contentType: 'application/json',
    expect: refusedAs(415, 'UnsupportedMediaType'),
  },
  {
    name: 'a body without a type',
    form: 'Action=GetCallerIdentity',
    contentType: null,
    expect: refusedAs(415, 'UnsupportedMediaType'),
  },
  {
    name: 'a multipart body',
    form: '--x--',
    contentType: 'multipart/form-data; boundary=x',
    expect: refusedAs(415, 'UnsupportedMediaType'),
  },
  {
    name: 'a body beyond the limit',
    form: `Action=${'a'.repeat(70_000)}`,
    expect: refusedAs(413, 'RequestEntityTooLarge'),
  },
  { name: 'an empty body', form: '', expect: refusedAs(400, 'MissingAction') },
  { name: 'a body that is no form', form: '%%%&&&==', expect: refusedAs(400, 'MissingAction') },
  { name: 'PUT', method: 'PUT', expect: refusedAs(405, 'MethodNotAllowed') },
  { name: 'DELETE', method: 'DELETE', expect: refusedAs(405, 'MethodNotAllowed') },
  { name: 'OPTIONS', method: 'OPTIONS', expect: refusedAs(405, 'MethodNotAllowed') },
  { name: 'PATCH', method: 'PATCH', expect: refusedAs(405, 'MethodNotAllowed') },
]

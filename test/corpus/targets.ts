/** Targets as a configuration says them, and the codes of what is wrong with each, with a role of one hour on it. */
export type TargetRow = {
  readonly name: string
  readonly target: Readonly<Record<string, unknown>>
  /** Over the usual role. */
  readonly role?: Readonly<Record<string, unknown>>
  readonly expect: readonly string[]
}

const MINIO = { kind: 'minio', endpoint: 'https://minio.example.com' }
const USER = { accessKeyId: 'stint-user', secret: 'store-user' }
const PLAIN = { ...MINIO, mode: 'assume-role', user: USER }
const MINIO_ROLE = 'arn:minio:iam:::role/nOybJqMNzNmroqEKq5D0EUsRZw0'
const THROUGH = { ...MINIO, mode: 'pass-through', roleArn: MINIO_ROLE, accept: ['pass_through'] }
const RGW = { kind: 'rgw', endpoint: 'https://rgw.example.com', roleArn: 'arn:aws:iam:::role/stint' }
const AWS = { kind: 'aws', region: 'eu-west-1', roleArn: 'arn:aws:iam::123456789012:role/team/stint' }
const CHAIN = { ...AWS, mode: 'assume-role' }
const lifetime = (least: string, most: string) => ({ lifetime: { default: least, max: most } })

export const TARGETS: readonly TargetRow[] = [
  { name: 'minio, nothing but its address', target: MINIO, expect: [] },
  { name: 'minio, its mode by name', target: { ...MINIO, mode: 'issued-identity' }, expect: [] },
  { name: 'minio with a region', target: { ...MINIO, region: 'eu-1' }, expect: [] },
  { name: 'minio by a plain user', target: PLAIN, expect: [] },
  { name: 'minio with the caller’s own token, accepted by name', target: THROUGH, expect: [] },
  { name: 'rgw', target: RGW, expect: [] },
  { name: 'rgw that may end sessions', target: { ...RGW, admin: USER }, expect: [] },
  { name: 'aws by web identity', target: AWS, expect: [] },
  {
    name: 'aws by web identity, with everything',
    target: {
      ...AWS,
      endpoint: 'https://sts.example.com',
      iamEndpoint: 'https://iam.example.com',
      maxSession: '12h',
      sourceIdentity: 'none',
      transitiveTags: ['team'],
      admin: 'default-chain',
    },
    role: lifetime('1h', '12h'),
    expect: [],
  },
  { name: 'aws by assume role and the provider chain', target: CHAIN, expect: [] },
  {
    name: 'aws by assume role and a user',
    target: { ...CHAIN, user: USER, externalId: 'stint-7' },
    expect: [],
  },

  { name: 'no kind', target: { endpoint: 'https://minio.example.com' }, expect: ['value_invalid'] },
  { name: 'a kind that nobody knows', target: { ...MINIO, kind: 'garage' }, expect: ['value_invalid'] },
  { name: 'a mode that minio has not', target: { ...MINIO, mode: 'telepathy' }, expect: ['value_invalid'] },
  { name: 'a mode that rgw has not', target: { ...RGW, mode: 'pass-through' }, expect: ['value_invalid'] },
  { name: 'minio without an address', target: { kind: 'minio' }, expect: ['value_invalid'] },
  {
    name: 'an address with a path',
    target: { ...MINIO, endpoint: 'https://minio.example.com/x' },
    expect: ['value_invalid'],
  },
  { name: 'a member of another mode', target: { ...MINIO, user: USER }, expect: ['member_unknown'] },
  { name: 'a member of another kind', target: { ...MINIO, externalId: 'stint' }, expect: ['member_unknown'] },
  { name: 'a member that nobody knows', target: { ...AWS, roleARN: 'x' }, expect: ['member_unknown'] },
  {
    name: 'a secret itself',
    target: { ...PLAIN, user: { accessKeyId: 'stint', secretAccessKey: 'x' } },
    expect: ['member_missing', 'member_unknown'],
  },
  {
    name: 'a secret by its path',
    target: { ...PLAIN, user: { ...USER, secret: '../keys/digest.key' } },
    expect: ['value_invalid'],
  },
  {
    name: 'an absolute path for a secret',
    target: { ...PLAIN, user: { ...USER, secret: '/etc/shadow' } },
    expect: ['value_invalid'],
  },
  {
    name: 'assume role without a user',
    target: { ...MINIO, mode: 'assume-role' },
    expect: ['member_missing'],
  },
  {
    name: 'pass-through that nobody accepts',
    target: { ...THROUGH, accept: undefined },
    expect: ['pass_through'],
  },
  {
    name: 'an accept that is misspelt',
    target: { ...THROUGH, accept: ['pass-through'] },
    expect: ['accept_unknown', 'pass_through'],
  },
  { name: 'rgw without its role', target: { ...RGW, roleArn: undefined }, expect: ['member_missing'] },
  { name: 'a role that is no ARN', target: { ...RGW, roleArn: 'stint' }, expect: ['value_invalid'] },
  { name: 'aws without a region', target: { ...AWS, region: undefined }, expect: ['member_missing'] },
  { name: 'a session longer than AWS has', target: { ...AWS, maxSession: '13h' }, expect: ['value_invalid'] },
  {
    name: 'a session shorter than AWS has',
    target: { ...AWS, maxSession: '10m' },
    expect: ['value_invalid'],
  },

  {
    name: 'ten minutes where our own token is the end',
    target: MINIO,
    role: lifetime('10m', '10m'),
    expect: [],
  },
  {
    name: 'ten minutes from a plain user',
    target: PLAIN,
    role: lifetime('10m', '1h'),
    expect: ['lifetime_below_store'],
  },
  {
    name: 'ten minutes from rgw',
    target: RGW,
    role: lifetime('10m', '1h'),
    expect: ['lifetime_below_store'],
  },
  {
    name: 'two hours from a role of one',
    target: AWS,
    role: lifetime('1h', '2h'),
    expect: ['lifetime_above_store'],
  },
  {
    name: 'two hours from a role of two',
    target: { ...AWS, maxSession: '2h' },
    role: lifetime('1h', '2h'),
    expect: [],
  },
  {
    name: 'tags where they count',
    target: AWS,
    role: { tags: { team: 'build', 'cost:of': '4+2' } },
    expect: [],
  },
  {
    name: 'tags where they say nothing',
    target: RGW,
    role: { tags: { team: 'x' } },
    expect: ['tags_unused'],
  },
  { name: 'a tag of AWS’s own', target: AWS, role: { tags: { 'aws:x': '1' } }, expect: ['tag_refused'] },
  {
    name: 'a tag that AWS cannot write',
    target: AWS,
    role: { tags: { team: 'a|b' } },
    expect: ['tag_refused'],
  },
  {
    name: 'two tags that differ in case alone',
    target: AWS,
    role: { tags: { Team: 'a', team: 'b' } },
    expect: ['tag_refused'],
  },
]

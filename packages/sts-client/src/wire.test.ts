import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseRoleArn, roleArn, TOKEN_TYPE_S3_CREDENTIALS } from './wire.ts'

const account = fc.stringMatching(/^[0-9]{12}$/)
const name = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/)

describe('role ARNs', () => {
  test('what roleArn builds, parseRoleArn reads back', () => {
    fc.assert(
      fc.property(account, name, (a, n) => {
        expect(parseRoleArn(roleArn(a, n))).toEqual({ account: a, name: n })
      }),
    )
  })

  test('any text that parseRoleArn reads is exactly what roleArn builds of its parts', () => {
    const near = fc.stringMatching(/^arn:aws(-cn)?:iam::[0-9]{11,13}:role\/[a-zA-Z0-9-]{0,66}\n?$/)
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        const parts = parseRoleArn(text)
        if (parts !== null) expect(roleArn(parts.account, parts.name)).toBe(text)
      }),
    )
  })

  test.each([
    ['another partition', 'arn:aws-cn:iam::000000000000:role/app'],
    ['another service', 'arn:aws:sts::000000000000:role/app'],
    ['a region', 'arn:aws:iam:us-east-1:000000000000:role/app'],
    ['eleven digits', 'arn:aws:iam::00000000000:role/app'],
    ['thirteen digits', 'arn:aws:iam::0000000000000:role/app'],
    ['a path', 'arn:aws:iam::000000000000:role/team/app'],
    ['upper case', 'arn:aws:iam::000000000000:role/App'],
    ['no name', 'arn:aws:iam::000000000000:role/'],
    ['a name of 65', `arn:aws:iam::000000000000:role/${'a'.repeat(65)}`],
    ['a last hyphen', 'arn:aws:iam::000000000000:role/app-'],
    ['a wildcard', 'arn:aws:iam::000000000000:role/*'],
    ['a last newline', 'arn:aws:iam::000000000000:role/app\n'],
    ['a first space', ' arn:aws:iam::000000000000:role/app'],
    ['another resource', 'arn:aws:iam::000000000000:user/app'],
    ['nothing', ''],
  ])('parseRoleArn refuses %s', (_name, text) => {
    expect(parseRoleArn(text)).toBeNull()
  })

  test('roleArn refuses parts that would not make an ARN', () => {
    expect(() => roleArn('1', 'app')).toThrow(RangeError)
    expect(() => roleArn('000000000000', 'a:b')).toThrow(RangeError)
  })
})

test('the issued token type is a URI outside every namespace that belongs to somebody', () => {
  expect(TOKEN_TYPE_S3_CREDENTIALS).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
})

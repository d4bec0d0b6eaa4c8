import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { selfSignedCertificate, thumbprintOf } from './certificate.ts'

const key = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

test('a certificate that a reader of its own takes: of this key, signed by it, with no end in sight', () => {
  const { privateKey, publicKey } = key()
  const made = selfSignedCertificate(privateKey, 'stint-store')
  const read = new X509Certificate(made.toString())
  expect(read.verify(publicKey)).toBe(true)
  expect(read.checkPrivateKey(privateKey)).toBe(true)
  expect([read.subject, read.issuer]).toEqual(['CN=stint-store', 'CN=stint-store'])
  expect(new Date(read.validTo).getUTCFullYear()).toBe(9999)
  expect(read.serialNumber.length).toBeLessThanOrEqual(40)
})

test('another key does not verify it, and has another serial number and thumbprint', () => {
  const [one, two] = [key(), key()]
  const [a, b] = [selfSignedCertificate(one.privateKey, 'x'), selfSignedCertificate(two.privateKey, 'x')]
  expect(a.verify(two.publicKey)).toBe(false)
  expect(a.serialNumber).not.toBe(b.serialNumber)
  expect(thumbprintOf(a)).toMatch(/^[0-9A-F]{40}$/)
  expect(thumbprintOf(a)).toBe(a.fingerprint.replaceAll(':', ''))
})

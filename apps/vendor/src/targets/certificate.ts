import { createHash, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto'
import { VendorError } from '../errors.ts'

/**
 * A certificate around a key that signs it itself: Ceph knows a key by nothing else (`x5c` in the key set, its SHA-1 in
 * the provider's ThumbprintList). Nobody looks at its name or its dates, so it says as little as RFC 5280 lets it; that
 * is why it is written here and not by a library of a dozen packages. `node:crypto` reads and verifies it before use.
 */
export function selfSignedCertificate(privateKey: KeyObject, commonName: string): X509Certificate {
  const publicKey = createPublicKey(privateKey)
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const name = sequence(set(sequence(COMMON_NAME, tlv(UTF8_STRING, Buffer.from(commonName)))))
  const tbs = sequence(
    tlv(EXPLICIT_0, tlv(INTEGER, Buffer.from([2]))),
    // RFC 5280 §4.1.2.2: positive, at most 20 octets; of the key, so that another key has another.
    tlv(
      INTEGER,
      Buffer.concat([Buffer.from([1]), createHash('sha256').update(spki).digest().subarray(0, 15)]),
    ),
    ECDSA_SHA256,
    name,
    sequence(generalizedTime('20000101000000Z'), generalizedTime('99991231235959Z')), // §4.1.2.5: no end
    name,
    spki,
  )
  const signature = tlv(BIT_STRING, Buffer.concat([Buffer.from([0]), sign('sha256', tbs, privateKey)]))
  const certificate = new X509Certificate(sequence(tbs, ECDSA_SHA256, signature))
  if (!certificate.verify(publicKey) || !certificate.checkPrivateKey(privateKey))
    throw new VendorError('internal_error', { facts: { reason: 'the certificate does not verify' } })
  return certificate
}

/** What Ceph compares: SHA-1 of the certificate, 40 hex digits. It names the certificate, it protects nothing. */
export function thumbprintOf(certificate: X509Certificate): string {
  return createHash('sha1').update(certificate.raw).digest('hex').toUpperCase()
}

/** DER tags (X.690 §8). */
const INTEGER = 0x02
const BIT_STRING = 0x03
const OBJECT_ID = 0x06
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x30
const SET = 0x31
const EXPLICIT_0 = 0xa0

const ECDSA_SHA256 = sequence(tlv(OBJECT_ID, Buffer.from('2a8648ce3d040302', 'hex'))) // 1.2.840.10045.4.3.2
const COMMON_NAME = tlv(OBJECT_ID, Buffer.from('550403', 'hex')) // 2.5.4.3

function tlv(tag: number, content: Uint8Array): Buffer {
  const { length } = content
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(SEQUENCE, Buffer.concat(parts))
}

function set(...parts: readonly Uint8Array[]): Buffer {
  return tlv(SET, Buffer.concat(parts))
}

function generalizedTime(text: string): Buffer {
  return tlv(GENERALIZED_TIME, Buffer.from(text))
}

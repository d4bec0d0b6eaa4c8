import { constants, createHash, createPublicKey, privateEncrypt, sign } from 'node:crypto'
import { type Build, b64, good, type HostileToken, type Made, rows } from './token.ts'

/** Signatures that a careless verifier takes. All of an honest header and payload. */

const N_BYTES = 256
const parts = (made: Made) => good(made).split('.').slice(0, 2)
const signed = (made: Made) => parts(made).join('.')
const withSignature =
  (make: (made: Made) => Uint8Array): Build =>
  (made) =>
    [...parts(made), b64(make(made))].join('.')
const bytesOf = (made: Made) => Buffer.from(good(made).split('.')[2] ?? '', 'base64url')

/** DigestInfo of SHA-256 (RFC 8017 §9.2 note 1), then the hash. */
const SHA256_INFO = '3031300d060960864801650304020105000420'
const digest = (text: string, hash = 'sha256') => createHash(hash).update(text).digest()
const info = (made: Made, prefix = SHA256_INFO, hash = digest(signed(made))) =>
  Buffer.concat([Buffer.from(prefix, 'hex'), hash])

/** A raw RSA operation over an encoded message of our own making: what only the holder of the key can forge, and what a
 * key of a small exponent lets anybody forge (CVE-2006-4339). */
const encoded = (make: (made: Made) => Buffer): Build =>
  withSignature((made) => {
    const message = make(made)
    const padded = Buffer.concat([Buffer.alloc(Math.max(0, N_BYTES - message.length)), message]).subarray(
      0,
      N_BYTES,
    )
    return privateEncrypt({ key: made.issuer.key.privateKey, padding: constants.RSA_NO_PADDING }, padded)
  })
const block = (info_: Buffer, filler = 0xff, type = 1) =>
  Buffer.concat([
    Buffer.from([0, type]),
    Buffer.alloc(N_BYTES - 3 - info_.length, filler),
    Buffer.from([0]),
    info_,
  ])
/** Few bytes of padding, the hash, and whatever behind it. */
const short = (made: Made, tail: Buffer) => {
  const head = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), info(made), tail])
  return Buffer.concat([head, Buffer.alloc(N_BYTES - head.length, 0x41)])
}

const modulus = (made: Made) => Buffer.from(made.issuer.key.jwk.n ?? '', 'base64url')
const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const bytes = (value: bigint, length: number) =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')

const pss = (made: Made, saltLength: number) =>
  sign('sha256', Buffer.from(signed(made)), {
    key: made.issuer.key.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength,
  })
const pkcs1 = (made: Made, text: string, hash = 'sha256') =>
  sign(hash, Buffer.from(text), made.issuer.key.privateKey)

const RSA: Readonly<Record<string, Build>> = {
  'RSA: the encoded message with the hash of another text': encoded((made) =>
    block(info(made, SHA256_INFO, digest('x'))),
  ),
  'RSA: the identifier of SHA-1 before the hash': encoded((made) =>
    block(info(made, '3021300906052b0e03021a05000414', digest(signed(made), 'sha1'))),
  ),
  'RSA: the identifier of SHA-512 before the hash': encoded((made) =>
    block(info(made, '3051300d060960864801650304020305000440', digest(signed(made), 'sha512'))),
  ),
  'RSA: SHA-256 named, SHA-512 inside': encoded((made) =>
    block(info(made, SHA256_INFO, digest(signed(made), 'sha512'))),
  ),
  'RSA: no identifier at all': encoded((made) => block(digest(signed(made)))),
  'RSA: the identifier with one bit changed': encoded((made) =>
    block(info(made, SHA256_INFO.replace('0201', '0200'))),
  ),
  'RSA: a length in the long form': encoded((made) => block(info(made, `308131${SHA256_INFO.slice(4)}`))),
  'RSA: the hash cut by a byte': encoded((made) =>
    block(info(made, SHA256_INFO, digest(signed(made)).subarray(0, 31))),
  ),
  'RSA: a byte behind the hash': encoded((made) => block(Buffer.concat([info(made), Buffer.from([0])]))),
  'RSA: block type 2': encoded((made) => block(info(made), 0xff, 2)),
  'RSA: block type 0': encoded((made) => block(info(made), 0x00, 0)),
  'RSA: padding that is not all ones': encoded((made) => block(info(made), 0xfe)),
  'RSA: no separator behind the padding': encoded((made) =>
    Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(N_BYTES - 2 - info(made).length, 0xff), info(made)]),
  ),
  'RSA: eight bytes of padding and garbage behind (Bleichenbacher)': encoded((made) =>
    short(made, Buffer.alloc(0)),
  ),
  'RSA: garbage that is counted in the identifier': encoded((made) =>
    short(made, Buffer.from('0400', 'hex')),
  ),
  'RSA: the first byte is not nothing': encoded((made) => {
    const message = block(info(made))
    // Below the modulus all the same: RSA keys of 2048 bits begin with a one.
    message[0] = 0x01
    return message
  }),
  'RSA: the hash alone, without padding': encoded((made) => info(made)),
  'RSA: nothing': withSignature(() => Buffer.alloc(N_BYTES)),
  'RSA: one': withSignature(() => bytes(1n, N_BYTES)),
  'RSA: the modulus': withSignature(modulus),
  'RSA: one less than the modulus': withSignature((made) => bytes(number(modulus(made)) - 1n, N_BYTES)),
  'RSA: all ones': withSignature(() => Buffer.alloc(N_BYTES, 0xff)),
  'RSA: the signature and the modulus added': withSignature((made) =>
    bytes(number(bytesOf(made)) + number(modulus(made)), N_BYTES + 1),
  ),
  'RSA: a leading byte of nothing': withSignature((made) => Buffer.concat([Buffer.alloc(1), bytesOf(made)])),
  'RSA: cut by a byte': withSignature((made) => bytesOf(made).subarray(0, -1)),
  'RSA: cut at the front': withSignature((made) => bytesOf(made).subarray(1)),
  'RSA: a byte behind': withSignature((made) => Buffer.concat([bytesOf(made), Buffer.alloc(1)])),
  'RSA: twice': withSignature((made) => Buffer.concat([bytesOf(made), bytesOf(made)])),
  'RSA: read from the wrong end': withSignature((made) => bytesOf(made).toReversed()),
  'RSA: the last bit changed': withSignature((made) => {
    const changed = bytesOf(made)
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
    return changed
  }),
  'RSA: PSS in its place, salt as long as the hash': withSignature((made) =>
    pss(made, constants.RSA_PSS_SALTLEN_DIGEST),
  ),
  'RSA: PSS in its place, no salt': withSignature((made) => pss(made, 0)),
  'RSA: over SHA-1': withSignature((made) => pkcs1(made, signed(made), 'sha1')),
  'RSA: over SHA-384': withSignature((made) => pkcs1(made, signed(made), 'sha384')),
  'RSA: over SHA-512': withSignature((made) => pkcs1(made, signed(made), 'sha512')),
  'RSA: over the payload alone': withSignature((made) => pkcs1(made, parts(made)[1] ?? '')),
  'RSA: over the header alone': withSignature((made) => pkcs1(made, parts(made)[0] ?? '')),
  'RSA: over header and payload without their dot': withSignature((made) =>
    pkcs1(made, parts(made).join('')),
  ),
  'RSA: over payload and header': withSignature((made) => pkcs1(made, parts(made).toReversed().join('.'))),
  'RSA: over what the parts decode to': withSignature((made) =>
    pkcs1(
      made,
      parts(made)
        .map((part) => Buffer.from(part, 'base64url').toString())
        .join('.'),
    ),
  ),
  'RSA: by a key of the same kid of another issuer': ({ issuer, other, claims }) =>
    other.sign({ ...claims, iss: issuer.url }, { header: { kid: 'key-1' } }),
}

/** The order of P-256 (SEC 2 §2.4.2). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const ecGood: Build = ({ issuer, ec, claims }) => issuer.sign(claims, { key: ec })
const ecParts = (made: Made) => ecGood(made).split('.')
const ecBytes = (made: Made) => Buffer.from(ecParts(made)[2] ?? '', 'base64url')
const ec = (make: (pair: { r: bigint; s: bigint }, made: Made) => Uint8Array): Build => {
  return (made) => {
    const [h = '', p = '', signature = ''] = ecParts(made)
    const raw = Buffer.from(signature, 'base64url')
    const pair = { r: number(raw.subarray(0, 32)), s: number(raw.subarray(32)) }
    return [h, p, b64(make(pair, made))].join('.')
  }
}
const rs = (r: bigint, s: bigint, length = 32) => Buffer.concat([bytes(r, length), bytes(s, length)])

const EC: Readonly<Record<string, Build>> = {
  'ECDSA: r and s of nothing (CVE-2022-21449)': ec(() => rs(0n, 0n)),
  'ECDSA: r of nothing': ec(({ s }) => rs(0n, s)),
  'ECDSA: s of nothing': ec(({ r }) => rs(r, 0n)),
  'ECDSA: r and s of one': ec(() => rs(1n, 1n)),
  'ECDSA: r the order': ec(({ s }) => rs(ORDER, s)),
  'ECDSA: s the order': ec(({ r }) => rs(r, ORDER)),
  'ECDSA: r and s one less than the order': ec(() => rs(ORDER - 1n, ORDER - 1n)),
  'ECDSA: r beyond the order': ec(({ s }) => rs(ORDER + 1n, s)),
  'ECDSA: all ones': ec(() => Buffer.alloc(64, 0xff)),
  'ECDSA: r and s exchanged': ec(({ r, s }) => rs(s, r)),
  'ECDSA: r negated': ec(({ r, s }) => rs(ORDER - r, s)),
  'ECDSA: in 33 bytes each': ec(({ r, s }) => rs(r, s, 33)),
  'ECDSA: in 66 bytes each, as of P-521': ec(({ r, s }) => rs(r, s, 66)),
  'ECDSA: 63 bytes': ec((_, made) => ecBytes(made).subarray(1)),
  'ECDSA: 65 bytes': ec((_, made) => Buffer.concat([ecBytes(made), Buffer.alloc(1)])),
  'ECDSA: r alone': ec(({ r }) => bytes(r, 32)),
  'ECDSA: DER': (made) => {
    const [h = '', p = ''] = ecParts(made)
    return [h, p, b64(sign('sha256', Buffer.from(`${h}.${p}`), made.ec.privateKey))].join('.')
  },
  'ECDSA: over SHA-512': (made) => {
    const [h = '', p = ''] = ecParts(made)
    const key = { key: made.ec.privateKey, dsaEncoding: 'ieee-p1363' } as const
    return [h, p, b64(sign('sha512', Buffer.from(`${h}.${p}`), key))].join('.')
  },
  'ECDSA: the RSA signature of the same token': (made) => {
    const [h = '', p = ''] = ecParts(made)
    return [h, p, b64(pkcs1(made, `${h}.${p}`))].join('.')
  },
  'ECDSA: the text of another token': (made) => {
    const [h, , s] = ecParts(made)
    const [, p] = made.issuer.sign({ ...made.claims, note: 1 }, { key: made.ec }).split('.')
    return [h, p, s].join('.')
  },
}

const secrets = (made: Made): Readonly<Record<string, Uint8Array>> => {
  const key = createPublicKey(made.issuer.key.privateKey)
  return {
    'nothing at all': Buffer.alloc(0),
    'the text secret': Buffer.from('secret'),
    'the kid': Buffer.from('key-1'),
    'the public key in PEM': Buffer.from(key.export({ type: 'spki', format: 'pem' })),
    'the public key in PEM without its last line break': Buffer.from(
      String(key.export({ type: 'spki', format: 'pem' })).trim(),
    ),
    'the public key in PKCS#1 PEM': Buffer.from(key.export({ type: 'pkcs1', format: 'pem' })),
    'the public key in DER': key.export({ type: 'spki', format: 'der' }),
    'the public key as JWK': Buffer.from(JSON.stringify(made.issuer.key.jwk)),
    'the modulus': modulus(made),
    'the issuer’s URL': Buffer.from(made.issuer.url),
  }
}
const SECRET_NAMES = [
  'nothing at all',
  'the text secret',
  'the kid',
  'the public key in PEM',
  'the public key in PEM without its last line break',
  'the public key in PKCS#1 PEM',
  'the public key in DER',
  'the public key as JWK',
  'the modulus',
  'the issuer’s URL',
]
const HMAC: Readonly<Record<string, Build>> = Object.fromEntries(
  ['HS256', 'HS384', 'HS512'].flatMap((alg) =>
    SECRET_NAMES.map((name) => [
      `${alg} with ${name}`,
      (made: Made) =>
        made.issuer.sign(made.claims, {
          header: { alg },
          key: secrets(made)[name] ?? Buffer.alloc(1),
          signedBy: alg,
        }),
    ]),
  ),
)

const UNSIGNED = [
  'none',
  'None',
  'NONE',
  'nOnE',
  'none ',
  ' none',
  'none\u0000',
  '',
  'null',
  'false',
  '0',
  'plain',
  'RS256none',
]
const NONE: Readonly<Record<string, Build>> = Object.fromEntries(
  UNSIGNED.flatMap((alg) => [
    [
      `alg ${JSON.stringify(alg)} and an honest signature of RS256`,
      (made: Made) => made.issuer.sign(made.claims, { header: { alg }, signedBy: 'RS256' }),
    ],
    [
      `alg ${JSON.stringify(alg)} and a signature of one byte`,
      (made: Made) =>
        [b64(JSON.stringify({ alg, typ: 'JWT', kid: 'key-1' })), parts(made)[1], 'AA'].join('.'),
    ],
  ]),
)
const OTHERS: Readonly<Record<string, Build>> = Object.fromEntries(
  [
    'RS1',
    'RS384',
    'PS256',
    'ES256',
    'ES256K',
    'EdDSA',
    'Ed25519',
    'RSA-OAEP',
    'dir',
    'A128KW',
    'rs256',
    'RS256 ',
    'RS256\u0000',
    'RS2５6',
    'SHA256withRSA',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  ].map((alg) => [
    `alg ${alg} on the kid of an RS256 key`,
    (made: Made) => made.issuer.sign(made.claims, { header: { alg }, signedBy: 'RS256' }),
  ]),
)

export const SIGNATURES: readonly HostileToken[] = [
  ...rows('G', 'signature_invalid', RSA),
  ...rows('G', 'signature_invalid', EC, ecGood),
  ...rows('C', 'alg_refused', { ...HMAC, ...NONE, ...OTHERS }),
]

/** What looks strange and is good: a verifier that refuses it is wrong as well. */
export const STRANGE_AND_GOOD: Readonly<Record<string, Build>> = {
  'ECDSA with the greater of its two s': ec(({ r, s }) => rs(r, ORDER - s)),
  'ECDSA with the lesser of its two s': ec(({ r, s }) => rs(r, s < ORDER - s ? s : ORDER - s)),
}

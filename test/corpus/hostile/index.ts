import { BASICS } from './basics.ts'
import { CLAIM_TOKENS } from './claim-sets.ts'
import { FORM_TOKENS } from './forms.ts'
import { MAPPING_TOKENS } from './mappings.ts'
import { NAMES } from './names.ts'
import { SIGNATURES } from './signatures.ts'
import type { Group, HostileToken } from './token.ts'

/** Every hostile token. Those of group M are refused by the decision, all others by the verifier. */
export const HOSTILE: readonly HostileToken[] = [
  ...BASICS,
  ...FORM_TOKENS,
  ...SIGNATURES,
  ...NAMES,
  ...CLAIM_TOKENS,
  ...MAPPING_TOKENS,
]

/** What each group tries, and where it comes from. */
export const GROUPS: Readonly<Record<Group, { readonly tries: string; readonly source: string }>> = {
  A: {
    tries: 'sizes and shapes: other serialisations, padding, stray bits, encrypted tokens, nesting',
    source: 'RFC 7515 §7.1, RFC 4648 §3.5, RFC 7516, RFC 8725 §3.11',
  },
  B: {
    tries:
      'JSON that two readers read differently: duplicate members, numbers, surrogates, encodings, `__proto__`',
    source: 'RFC 8259 §4 and §8, RFC 7493, RFC 7519 §4, RFC 7515 §4, CVE-2017-12635',
  },
  C: {
    tries: 'the header decides: `none`, a public key as a shared secret, keys and extensions brought along',
    source:
      'RFC 8725 §2.1 and §3.1–3.2, RFC 7515 §4.1.11, RFC 7797, CVE-2015-9235, CVE-2016-10555, CVE-2018-0114',
  },
  D: {
    tries: 'the key’s name as a path, a query, a command, another name',
    source: 'RFC 7515 §4.1.4, RFC 8725 §3.10',
  },
  E: { tries: 'a token of another kind', source: 'RFC 8725 §3.11–3.12, RFC 9068 §4' },
  G: {
    tries:
      'signatures that a careless verifier takes: nothing, out of range, other encodings, forged padding',
    source: 'RFC 7518 §3.3–3.5, RFC 8017 §9.2, CVE-2022-21449, CVE-2006-4339',
  },
  H: {
    tries: 'an issuer that reads like one of ours',
    source: 'RFC 7519 §4.1.1, OpenID Connect Discovery 1.0 §4.3',
  },
  I: { tries: 'a key of one issuer under the name of another', source: 'RFC 8725 §3.8, RFC 9700 §4.4' },
  J: {
    tries: 'a token for somebody else',
    source: 'RFC 7519 §4.1.3, RFC 8725 §3.9, OpenID Connect Core 1.0 §3.1.3.7',
  },
  K: { tries: 'times that are none, or outside, or too far', source: 'RFC 7519 §2 and §4.1.4–4.1.6' },
  L: {
    tries: 'subjects that are none, or that show as another',
    source: 'RFC 7519 §4.1.2, OpenID Connect Core 1.0 §2, UTS #39',
  },
  M: {
    tries: 'claims that look like those of a mapping, or would widen the policy that they fill',
    source: 'RFC 8725 §2.9, CWE-178, CWE-180, CWE-74',
  },
}

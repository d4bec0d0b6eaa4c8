import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SIGNED_BUNDLES } from '../corpus/signed-bundles.ts'
import { SIGNED_PACKS } from '../corpus/signed-packs.ts'
import { edited, jsonEdits } from '../support/json-edits.ts'
import { BUNDLES, type BundleName, type BundleText, bundleOf } from '../support/signed-bundle.ts'
import { type PackText, packOf } from '../support/signed-pack.ts'
import { type Answer, answersOf, differing, isAgreed, wordOf } from '../support/verify-both.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stint-agree-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Made = { readonly bytes: Buffer; readonly keys?: readonly string[] | undefined }
type Kind = 'bundle' | 'pack'

/** What both say of each. */
function judged(files: readonly Made[], kind: Kind): Promise<readonly Answer[]> {
  return answersOf(
    files.map(({ bytes, keys = [] }, at) => {
      const path = join(folder, `${kind}-${at}.tar`)
      writeFileSync(path, bytes)
      return { path, keys, isPack: kind === 'pack' }
    }),
  )
}

test(`${SIGNED_BUNDLES.length} bundles, signed by whoever made them, get the same verdict of both verifiers`, async () => {
  const made = SIGNED_BUNDLES.map(({ bundle, of, edit }) => ({ bytes: bundleOf(bundle, of, edit) }))
  expect(differing(await judged(made, 'bundle'), SIGNED_BUNDLES)).toEqual([])
}, 60_000)

test(`${SIGNED_PACKS.length} packs, signed by whoever made them, get the same verdict of both verifiers`, async () => {
  const made = SIGNED_PACKS.map(({ of, edit, keys }) => ({ bytes: packOf(of, edit), keys }))
  expect(differing(await judged(made, 'pack'), SIGNED_PACKS)).toEqual([])
}, 60_000)

const SEED = 20_261_126

/** Cases that were drawn, and what both say; those of which they do not say the same. */
async function expectAgreement<Drawn>(
  drawn: readonly Drawn[],
  kind: Kind,
  made: (one: Drawn) => Buffer,
): Promise<void> {
  const answers = await judged(
    drawn.map((one) => ({ bytes: made(one) })),
    kind,
  )
  const apart = answers.flatMap((answer, at) => (isAgreed(answer) ? [] : [{ drawn: drawn[at], ...answer }]))
  expect(apart).toEqual([])
  // Edits that are all refused at once, or all let through, would show nothing.
  const words = Map.groupBy(answers, (answer) => wordOf(answer).split(' ')[0])
  expect([...words.keys()]).toEqual(expect.arrayContaining(['ok', 'format', 'body', 'signature', 'key']))
  expect(words.get('ok')?.length).toBeGreaterThan(drawn.length / 20)
}

test('500 edits of a bundle, drawn by chance and signed anew, get the same verdict of both', async () => {
  const names = Object.keys(BUNDLES) as BundleName[] // the names of a const table
  const files = ['stint-bundle.json', 'keys', 'checkpoints.jsonl', 'anchors.jsonl', 'later']
  const event = fc.integer({ min: 1, max: 9 })
  const texts: fc.Arbitrary<BundleText> = fc.oneof(
    { arbitrary: fc.oneof(event, fc.constantFrom(5, 7)), weight: 4 },
    { arbitrary: fc.constantFrom('note', 'anchor', ...files), weight: 1 },
  )
  const drawn = fc.sample(fc.record({ bundle: fc.constantFrom(...names), of: texts, edit: jsonEdits }), {
    numRuns: 500,
    seed: SEED,
  })
  await expectAgreement(drawn, 'bundle', ({ bundle, of, edit }) =>
    bundleOf(BUNDLES[bundle], of, (text) => edited(text, edit)),
  )
}, 60_000)

test('500 edits of a pack, drawn by chance and signed anew, get the same verdict of both', async () => {
  const files = [
    '00-manifest.json',
    '00-manifest.proof',
    'log-checkpoints.json',
    '10-sample-events.jsonl',
    'log-events.jsonl',
  ]
  const texts = fc.constantFrom<PackText[]>(
    'prepared',
    'other',
    'sealed',
    'packed',
    'line',
    'note',
    'packed note',
    ...files,
  )
  const drawn = fc.sample(fc.record({ of: texts, edit: jsonEdits }), { numRuns: 500, seed: SEED })
  await expectAgreement(drawn, 'pack', ({ of, edit }) => packOf(of, (text) => edited(text, edit)))
}, 60_000)

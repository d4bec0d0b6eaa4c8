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

/** What both say of each file, made in its turn. */
function judged(files: readonly Buffer[], name: string, isPack = false): Promise<readonly Answer[]> {
  return answersOf(
    files.map((bytes, at) => {
      const path = join(folder, `${name}-${at}.tar`)
      writeFileSync(path, bytes)
      return { path, isPack }
    }),
  )
}

test(`${SIGNED_BUNDLES.length} bundles, signed by whoever made them, get the same verdict of both verifiers`, async () => {
  const answers = await judged(
    SIGNED_BUNDLES.map(({ bundle, of, edit }) => bundleOf(bundle, of, edit)),
    'bundle',
  )
  expect(differing(answers, SIGNED_BUNDLES)).toEqual([])
}, 60_000)

test(`${SIGNED_PACKS.length} packs, signed by whoever made them, get the same verdict of both verifiers`, async () => {
  const answers = await judged(
    SIGNED_PACKS.map(({ of, edit }) => packOf(of, edit)),
    'pack',
    true,
  )
  expect(differing(answers, SIGNED_PACKS)).toEqual([])
}, 60_000)

const SEED = 20_261_126

/** Cases that were drawn, and what both say; those of which they do not say the same. */
async function expectAgreement<Drawn>(
  drawn: readonly Drawn[],
  made: (one: Drawn) => Buffer,
  { name, isPack }: { readonly name: string; readonly isPack: boolean },
): Promise<void> {
  const answers = await judged(drawn.map(made), name, isPack)
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
  await expectAgreement(
    drawn,
    ({ bundle, of, edit }) => bundleOf(BUNDLES[bundle], of, (text) => edited(text, edit)),
    { name: 'drawn-bundle', isPack: false },
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
  await expectAgreement(drawn, ({ of, edit }) => packOf(of, (text) => edited(text, edit)), {
    ...{ name: 'drawn-pack', isPack: true },
  })
}, 60_000)

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { RunningMinio } from '../support/minio-server.ts'
import { startTestIssuer, type TestIssuer } from '../support/test-issuer.ts'
import { startTrustingMinio } from '../support/trusting-minio.ts'
import { type ChildVendor, startVendor } from '../support/vendor.ts'
import { newJob, TOKEN_PLACE } from './job.ts'
import { type Page, readPage } from './page.ts'
import { makePrograms } from './programs.ts'
import type { Fault, Job, Recipe } from './recipe.ts'
import { UNREACHABLE } from './table.ts'

export const PAGES = join(import.meta.dirname, '../../docs/clients')
/** What every page builds on: the store, a policy, a role. */
const BASE = 'README.md'
/** The pages of tools name this issuer, whose own page says what it is. */
const USUAL_ISSUER = 'github-actions.md'

/** A Stint, a MinIO and the platforms of all pages, with what the pages say to put into stint.yaml applied. */
export type Stage = AsyncDisposable & {
  readonly vendor: ChildVendor
  readonly minio: RunningMinio
  job(recipe: Recipe, fault?: Fault): Promise<Job>
  /** A text of a page with what is there in the place of what it names. */
  standIn(text: string, job: Job): string
}

type Section = Readonly<Record<string, unknown>>
/** stint.yaml: section, name, body. */
export type Stanzas = Readonly<Record<string, Section>>

export async function pageOf({ page }: Pick<Recipe, 'page'>): Promise<Page> {
  return readPage(await readFile(join(PAGES, page), 'utf8'))
}

/** The whole stint.yaml of somebody who follows one page, or several: no page says again what another one said. */
export async function stintYaml(recipes: readonly Recipe[]): Promise<Stanzas> {
  const names = new Set([BASE, USUAL_ISSUER, ...recipes.map(({ page }) => page)])
  const pages = await Promise.all([...names].map((page) => pageOf({ page })))
  const parts = pages.flatMap(({ blocks }) =>
    blocks.filter(({ use }) => use.kind === 'plan').map(({ text }): Stanzas => parse(text)),
  )
  return parts.reduce(joined, {})
}

function joined(one: Stanzas, other: Stanzas): Stanzas {
  const sections = Object.entries(other).map(([section, added]) => {
    const there = one[section] ?? {}
    const twice = Object.keys(added).find((name) => name in there)
    if (twice !== undefined) throw new Error(`${section}.${twice} stands on two pages`)
    return [section, { ...there, ...added }]
  })
  return { ...one, ...Object.fromEntries(sections) }
}

export async function startStage(
  recipes: readonly Recipe[],
  { long }: { readonly long: boolean },
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'stint-recipes-'))
  const bin = await makePrograms(folder, { long })
  const issuers = new Map<string, TestIssuer>()
  for (const { issuer } of recipes) if (!issuers.has(issuer)) issuers.set(issuer, await startTestIssuer())
  const vendor = await startVendor()
  const written = await stintYaml(recipes)
  const minio = await startTrustingMinio(vendor, (endpoint) =>
    onLoopback(written, { vendor, endpoint, issuers }),
  )
  const dispose = async () => {
    await minio.stop()
    await vendor.stop()
    for (const issuer of issuers.values()) await issuer.stop()
    await rm(folder, { recursive: true, force: true })
  }
  const standIn = (text: string, { tokenFile }: Pick<Job, 'tokenFile'>) =>
    text
      .replaceAll('https://stint.example.com', vendor.url)
      .replaceAll('https://minio.example.com', minio.endpoint)
      // DuckDB takes the host alone, and says beside it that it is TLS.
      .replaceAll('minio.example.com', new URL(minio.endpoint).host)
      .replaceAll('USE_SSL true', 'USE_SSL false')
      .replaceAll(TOKEN_PLACE, tokenFile)
  return {
    vendor,
    minio,
    standIn,
    async job(recipe, fault) {
      const issuer = issuers.get(recipe.issuer)
      if (issuer === undefined) throw new Error(`nobody is the issuer ${recipe.issuer}`)
      const { blocks } = await pageOf(recipe)
      const job = await newJob({ recipe, issuer, audience: vendor.url, root: folder, bin, fault })
      const files = blocks.flatMap(({ use, text }) =>
        use.kind === 'file' ? [{ path: use.path, text: standIn(text, job) }] : [],
      )
      await job.put(files)
      return job
    },
    [Symbol.asyncDispose]: dispose,
  }
}

type Here = {
  readonly vendor: ChildVendor
  readonly endpoint: string
  readonly issuers: ReadonlyMap<string, TestIssuer>
}

/** The pages' configuration, but that issuers and store are on this machine: nothing else of it is changed. */
function onLoopback(written: Stanzas, { vendor, endpoint, issuers }: Here): Stanzas {
  const text = JSON.stringify(written).replaceAll('https://stint.example.com', vendor.url)
  const { issuers: named = {}, targets = {}, ...rest }: Stanzas = JSON.parse(text)
  const allowPrivateAddresses = ['127.0.0.0/8']
  return {
    ...rest,
    issuers: {
      ...eachOf(named, (name) => ({ url: issuers.get(name)?.url, allowPrivateAddresses })),
      unreachable: { url: UNREACHABLE, audiences: [vendor.url], for: 'machine', allowPrivateAddresses },
    },
    targets: eachOf(targets, () => ({ endpoint, allowPrivateAddresses, subjectBudget: 'none' })),
  }
}

function eachOf(section: Section, over: (name: string) => object): Section {
  return Object.fromEntries(
    Object.entries(section).map(([name, body]) => [name, Object.assign({}, body, over(name))]),
  )
}

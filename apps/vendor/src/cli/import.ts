import type { ImportDraft } from '../domain/import/draft.ts'
import { draftImport } from '../domain/import/draft.ts'
import { readExport } from '../import/read-export.ts'
import type { ReadResult } from '../import/read-result.ts'
import { readStore } from '../import/read-store.ts'
import { renderDraft } from '../import/render-yaml.ts'
import { privateAddressesOf } from '../import/store-address.ts'
import { readConfiguration } from '../schema/resources.ts'
import type { ImportArguments, ImportSource } from './import-arguments.ts'
import { IMPORT_USAGE, parseImportArguments } from './import-arguments.ts'
import type { ImportIo } from './import-io.ts'
import { EXIT, type ExitCode } from './io.ts'
import { readYaml } from './yaml-source.ts'

const EXITS: Readonly<Record<Extract<ReadResult, { ok: false }>['reason'], ExitCode>> = {
  refused: EXIT.failed,
  unavailable: EXIT.unavailable,
  unreadable: EXIT.problems,
}

/**
 * `stint import minio`: a first stint.yaml of what a store has. Standard error says what was found and what was left
 * out; nothing is written at the store, and no file is replaced unasked.
 */
export async function importCommand(argv: readonly string[], io: ImportIo): Promise<ExitCode> {
  const parsed = await parseImportArguments(argv, io)
  if (typeof parsed === 'string') {
    io.stderr(parsed === '' ? IMPORT_USAGE : `stint: ${parsed}\n\n${IMPORT_USAGE}`)
    return parsed === '' ? EXIT.ok : EXIT.usage
  }
  const read = await readSource(parsed.source, io)
  if (!read.ok) {
    io.stderr(`stint: ${read.text}\n`)
    return EXITS[read.reason]
  }
  const draft = draftImport(read.snapshot, parsed.options)
  const text = renderDraft(draft)
  const defect = proveReadable(text)
  if (defect !== null) {
    io.stderr(`stint: a defect of Stint, nothing written: ${defect}\n`)
    return EXIT.failed
  }
  return write(parsed, { draft, text }, io)
}

async function readSource(source: ImportSource, io: ImportIo): Promise<ReadResult> {
  if (source.kind === 'file') {
    const bytes = await io.readBytes(source.file).catch(() => null)
    if (bytes === null) return { ok: false, reason: 'unreadable', text: `${source.file} cannot be read` }
    const read = readExport(bytes, source.file)
    if (!read.ok || source.endpoint === null) return read
    const privateAddresses = await privateAddressesOf(source.endpoint, io.lookup)
    return { ok: true, snapshot: { ...read.snapshot, endpoint: source.endpoint, privateAddresses } }
  }
  const { endpoint, accessKey, secretKey, ca } = source
  io.stderr(`stint: reading ${endpoint}\n`)
  const access = { endpoint, accessKey, secretKey, ca, nowMs: () => io.now().getTime() }
  return readStore(access, await privateAddressesOf(endpoint, io.lookup))
}

/** What a server would say first: the file is read as `stint plan` reads it. */
function proveReadable(text: string): string | null {
  const source = readYaml(text)
  if (!source.ok) return source.problems[0]?.message ?? 'no YAML'
  const wrong = readConfiguration(source.content).problems.find(({ severity }) => severity === 'error')
  return wrong === undefined ? null : `${wrong.path.join('.')}: ${wrong.message}`
}

async function write(
  { output, force }: ImportArguments,
  { draft, text }: { readonly draft: ImportDraft; readonly text: string },
  io: ImportIo,
): Promise<ExitCode> {
  if (output === '-') io.stdout(text)
  else {
    const written = await io.writeFile(output, text, { replace: force }).catch(() => null)
    if (written === null) {
      io.stderr(`stint: ${output} cannot be written\n`)
      return EXIT.failed
    }
    if (!written) {
      io.stderr(`stint: ${output} is there already; -o another file, or --force\n`)
      return EXIT.conflict
    }
  }
  io.stderr(summary(draft, output))
  return EXIT.ok
}

function summary({ counts, sections, head }: ImportDraft, output: string): string {
  const { policies, policiesLeftOut, roles, rolesLeftOut, mappings } = counts
  const gaps = head.filter((line) => line.startsWith('- '))
  const left = [...sections.policies.entries, ...sections.roles.entries]
    .filter(({ body }) => body === null)
    .map(({ comments }) => `  ${comments[0] ?? ''}`)
  return `${[
    `${policies} policies written, ${policiesLeftOut} left out`,
    `${roles} roles written, ${rolesLeftOut} left out`,
    `${mappings} mappings, all off`,
    ...left.slice(0, MOST_LINES),
    ...(left.length > MOST_LINES
      ? [`  and ${left.length - MOST_LINES} more, each with its reason in the file`]
      : []),
    ...(gaps.length === 0 ? [] : ['not read:', ...gaps.map((gap) => `  ${gap}`)]),
    ...(output === '-' ? [] : [`${output}: read it, then stint plan -f ${output}`]),
  ].join('\n')}\n`
}

const MOST_LINES = 20

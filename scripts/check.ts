import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkDocuments } from './rules/docs.ts'
import { checkSources } from './rules/imports.ts'

/** `pnpm check`: everything that a machine can say about the sources without running them. All steps run; all report. */

const ROOT = join(import.meta.dirname, '..')
const LEAST_FILES = 80

type Step = { readonly name: string; readonly run: () => string | null }

function program(name: string, command: readonly string[]): Step {
  return {
    name,
    run() {
      const [file = '', ...args] = command
      const { status, stdout, stderr, error } = spawnSync(file, args, { cwd: ROOT, encoding: 'utf8' })
      return status === 0 ? null : `${stdout}${stderr}${error?.message ?? ''}`
    },
  }
}

const STEPS: readonly Step[] = [
  program('types', ['tsc', '-p', '.']),
  program('types of the policy engine, without Node', ['tsc', '-p', 'packages/policy']),
  program('types of the client, without Node', ['tsc', '-p', 'packages/sts-client']),
  program('lint and format', ['biome', 'ci', '--colors=off', '.']),
  { name: 'import rules', run: importRules },
  program('dead code', ['knip']),
  { name: 'documents against code', run: () => lines(checkDocuments(ROOT)) },
  { name: 'nothing of one machine', run: () => lines(machineTraces()) },
]

function importRules(): string | null {
  const roots = ['apps/vendor/src', 'packages/policy/src', 'packages/sts-client/src']
  const names = roots.flatMap((root) =>
    readdirSync(join(ROOT, root), { recursive: true }).map((name) => `${root}/${String(name)}`),
  )
  const sources = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  const { violations, files, imports } = checkSources(
    new Map(sources.map((name) => [name, readFileSync(join(ROOT, name), 'utf8')])),
  )
  // A tool that reads nothing finds nothing: it must have seen the sources it judges.
  const blind =
    files < LEAST_FILES || imports < files ? [`only ${files} files and ${imports} imports were seen`] : []
  return lines([
    ...blind,
    ...violations.map(({ file, line, rule, detail }) => `${file}:${line} ${rule}: ${detail}`),
  ])
}

/** A path of the machine that wrote it, or a host that only it reaches, breaks everywhere else. */
function machineTraces(): string[] {
  const traces = [
    ['/wo', 'rk/'],
    ['/ro', 'ot/'],
    ['/ho', 'me/'],
    ['registry.', 'npmjs'],
    ['.lib', 'rary/'],
    ['shared/', 'DESIGN'],
    ['shared/', 'reference'],
  ].map((parts) => parts.join(''))
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean)
  return files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    return traces.filter((trace) => text.includes(trace)).map((trace) => `${file} names ${trace}`)
  })
}

function lines(found: readonly string[]): string | null {
  return found.length === 0 ? null : found.join('\n')
}

let failed = 0
for (const { name, run } of STEPS) {
  const started = performance.now()
  const problem = run()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${problem === null ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
  if (problem !== null) {
    failed += 1
    console.log(problem.replace(/^/gm, '     '))
  }
}
console.log(failed === 0 ? 'all checks passed' : `${failed} of ${STEPS.length} checks failed`)
process.exitCode = failed === 0 ? 0 : 1

/** A page of docs/clients as its reader sees it: what stands in its blocks, and what is said of each. */
export type Page = {
  readonly blocks: readonly Block[]
  /** What its reader sees when it does not work: the text in the first cell of each row of the last section. */
  readonly errors: readonly string[]
  /** A sentence each, with the line: what keeps this from being a recipe. */
  readonly problems: readonly string[]
}

export type Block = {
  readonly line: number
  readonly language: string
  readonly text: string
  readonly use: Use
  /** The line before it says that `pnpm test:long` runs it, and so no other test does. */
  readonly long: boolean
}

export type Use =
  /** ```` ```yaml run=gitlab ````: run as that system runs it. */
  | { readonly kind: 'run'; readonly by: string }
  /** ```` ```sh prepare ````: run by the shell, and gets no session. */
  | { readonly kind: 'prepare' }
  /** ```` ```ini file=.aws/config ````: a file that the blocks after it need, below the folder of the job. */
  | { readonly kind: 'file'; readonly path: string }
  /** ```` ```yaml plan ````: goes into stint.yaml; planned, and applied before the others are run. */
  | { readonly kind: 'plan' }
  /** ```` ```groovy not-run ````: the paragraph before it says so, and why. */
  | { readonly kind: 'not-run' }

/** Stands on a line of its own before a block that nothing runs; what follows is the reason. */
const NOT_RUN = /^\*Not executed: .{10,}\*$/
const LONG = /^\*Executed by `pnpm test:long`/
/** The last section of a page: a table of what is seen, why, and what to do. */
const ERRORS = '## When it does not work'
const FEWEST_ERRORS = 3

/** Reads a page; what does not stand in this form is a problem, never passed over. */
export function readPage(markdown: string): Page {
  const lines = markdown.split('\n')
  const problems: string[] = []
  const blocks = fencesOf(lines).flatMap((fence) => {
    const block = blockOf(fence, lines)
    if (typeof block !== 'string') return [block]
    problems.push(`line ${fence.line}: ${block}`)
    return []
  })
  const errors = errorsOf(lines)
  if (!blocks.some(({ use }) => use.kind === 'plan')) problems.push('no block says what goes into stint.yaml')
  if (!blocks.some(({ use }) => use.kind === 'run')) problems.push('no block is run')
  if (errors.length < FEWEST_ERRORS)
    problems.push(
      `\`${ERRORS}\` has ${errors.length} rows that begin with a text in backticks, not ${FEWEST_ERRORS}`,
    )
  return { blocks, errors, problems }
}

type Fence = { readonly line: number; readonly info: string; readonly text: string }

function fencesOf(lines: readonly string[]): readonly Fence[] {
  const marks = lines.flatMap((line, at) => (line.startsWith('```') ? [at] : []))
  const starts = marks.filter((_, nth) => nth % 2 === 0)
  return starts.map((start, nth) => ({
    line: start + 1,
    info: (lines[start] ?? '').slice(3).trim(),
    text: `${lines.slice(start + 1, marks[nth * 2 + 1]).join('\n')}\n`,
  }))
}

/** The block, or what is wrong with it. */
function blockOf({ line, info, text }: Fence, lines: readonly string[]): Block | string {
  const [language = '', ...words] = info.split(/\s+/)
  const use = words.length === 1 ? useOf(words[0] ?? '', language) : undefined
  if (use === undefined) return `a block says in one word how it is run, or that it is not: \`${info}\``
  const before = paragraphBefore(lines, line - 1)
  const saidNot = NOT_RUN.test(before)
  if (use.kind === 'not-run' && !saidNot)
    return 'a block that is not run has the line `*Not executed: …*` before it, with the reason'
  if (use.kind !== 'not-run' && saidNot) return 'a block that is run is said to be not executed'
  return { line, language, text, use, long: LONG.test(before) }
}

function useOf(word: string, language: string): Use | undefined {
  const [, name = '', value] = /^([a-z-]+)(?:=(\S+))?$/.exec(word) ?? []
  if (name === 'run') return { kind: 'run', by: value ?? language }
  if (name === 'file' && value !== undefined && !value.includes('..')) return { kind: 'file', path: value }
  if (word === 'prepare' && language === 'sh') return { kind: 'prepare' }
  if (word === 'plan' && language === 'yaml') return { kind: 'plan' }
  return word === 'not-run' ? { kind: 'not-run' } : undefined
}

/** The last line of text before a line, blank ones left out. */
function paragraphBefore(lines: readonly string[], at: number): string {
  return lines.slice(0, at).findLast((line) => line.trim() !== '') ?? ''
}

function errorsOf(lines: readonly string[]): readonly string[] {
  const start = lines.indexOf(ERRORS)
  if (start === -1) return []
  return lines.slice(start).flatMap((line) => /^\| `([^`]+)` \| .+ \| .+ \|$/.exec(line)?.[1] ?? [])
}

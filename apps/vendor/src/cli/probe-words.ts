import type { Sheet, SheetHead, SheetStep, SheetTry } from '../domain/probe/sheet.ts'

/** One target of the schedule, as the admin door answers it. */
export type ScheduledAnswer = {
  readonly target: string
  readonly every: number | null
  readonly running: boolean
  readonly due: string | null
  readonly newest: SheetHead | null
  readonly completed: SheetHead | null
}

const SIGNS = { holds: 'holds', fails: 'FAILS', not_tried: 'not tried' } as const
const ID_WIDTH = 26
const VERDICT_WIDTH = 10

/** A sheet as a table, a row a try; with `transcript` every step below its row, else those of broken guarantees only. */
export function sheetLines(
  sheet: SheetHead & Pick<Sheet, 'tries'>,
  { transcript }: { readonly transcript: boolean },
): readonly string[] {
  const { store, role, target, began, identity, sessions, left, tries } = sheet
  return [
    `${role === null ? 'target' : `role ${role.name} at target`} ${target.name}: ${store.kind} (${store.mode}) at ${store.endpoint}`,
    `${sheet.probe}, ${began}; the store says it is ${identity?.server ?? 'nothing'}`,
    '',
    ...tries.flatMap((one) => [
      tryLine(one),
      ...(transcript || isBroken(one) ? one.steps.map(stepLine) : []),
    ]),
    ...(tries.length === 0 ? [] : ['']),
    `${sheet.holds} hold, ${sheet.fails} fail, ${sheet.notTried} not tried`,
    ...verdictLines(sheet),
    `${sessions.minted} sessions minted, ${sessions.proved} proved to be over`,
    ...sessions.unproved.map(
      ({ assumption, detail, latestExpiry }) =>
        `! not proved: ${assumption} lives until ${latestExpiry} at most (${detail})`,
    ),
    ...left.map((path) => `! left behind: ${path}`),
  ]
}

function verdictLines({ outcome, code, broken, fails, immune, role }: SheetHead): readonly string[] {
  if (outcome === 'failed') return [`! probe failed: ${code ?? 'no code'}`]
  return [
    ...(outcome === 'cut' ? ['! it was cut short'] : []),
    ...(broken.length === 0 ? [] : [`! Stint rests on what this store did not keep: ${broken.join(', ')}`]),
    ...(broken.length === 0 && fails > 0 ? ['Stint rests on nothing of what fails'] : []),
    ...(role === null && immune ? ['immune to forged conditions: roles may rest on them for 30 days'] : []),
  ]
}

function isBroken({ bears, verdict }: SheetTry): boolean {
  return bears === 'guarantee' && verdict === 'fails'
}

function tryLine(one: SheetTry): string {
  const { id, verdict, title, reason, ms } = one
  const mark = isBroken(one) ? '!' : ' '
  const why =
    reason === null ? (verdict === 'not_tried' ? '' : ` (${ms} ms)`) : `\n${' '.repeat(14)}${reason}`
  return `${mark} ${SIGNS[verdict].padEnd(VERDICT_WIDTH)} ${id.padEnd(ID_WIDTH)} ${title}${why}`
}

function stepLine({ says, is, expect, meaning, status, code, ms }: SheetStep): string {
  const came = [status, code].filter((one) => one !== null).join(' ')
  const sign = meaning === expect ? '=' : '≠'
  const of = is === 'control' ? ' (control)' : ''
  return `${' '.repeat(14)}${says}${of}: ${meaning} ${sign} ${expect}${came === '' ? '' : `, ${came}`}, ${ms} ms`
}

/** One probe in one line. */
export function headLine(head: SheetHead): string {
  const { probe, began, target, role, outcome, code, holds, fails, notTried, broken } = head
  const of = role === null ? `target ${target.name}` : `role ${role.name}`
  const counts =
    outcome === 'failed' ? `failed: ${code ?? ''}` : `${holds} hold, ${fails} fail, ${notTried} not tried`
  const worst = broken.length === 0 ? '' : `  ! ${broken.join(', ')}`
  return `${probe}  ${began}  ${of}  ${outcome === 'cut' ? 'cut, ' : ''}${counts}${worst}`
}

/** How every target stands, a line each. */
export function scheduleLines(targets: readonly ScheduledAnswer[]): readonly string[] {
  return targets.map(({ target, every, running, due, newest, completed }) => {
    const next = running ? 'runs now' : due === null ? 'only when asked' : `next ${due}`
    const rhythm = every === null ? '' : `, every ${every / 3600} h`
    return `${target}: ${standing(newest, completed)}; ${next}${rhythm}`
  })
}

/** In a few words. */
function standing(newest: SheetHead | null, completed: SheetHead | null): string {
  if (newest === null) return 'not probed'
  if (newest.outcome !== 'completed') {
    const since = completed === null ? '' : `; the one before held until ${completed.ended}`
    return `probe ${newest.outcome}: ${newest.code ?? 'the process stopped'}, ${newest.ended}${since}`
  }
  const broken = newest.broken.length === 0 ? '' : `, BROKEN: ${newest.broken.join(', ')}`
  return `probed ${newest.ended}, ${newest.holds} hold, ${newest.fails} fail${broken}`
}

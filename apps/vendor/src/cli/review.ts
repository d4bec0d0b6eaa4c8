import { adminConnection } from './admin-client.ts'
import { usageSaid } from './arguments.ts'
import type { CommandIo, ExitCode } from './io.ts'
import { type ReviewAsk, readReviewArguments } from './review-ask.ts'
import { draftReview } from './review-draft.ts'
import { answerItem, decideTogether, handOnItem, retryItem } from './review-items.ts'
import { acknowledgeLog, showLog } from './review-log.ts'
import { listReviews, reportOf, showItem, showItems, showNext, showReview } from './review-reads.ts'
import { stepOf } from './review-steps.ts'

const USAGE = `usage: stint review [list]
       stint review draft [--title TEXT] [--from DAY] [--to DAY] [--due DAY] [--no-response suspend|revoke|keep]
                    [--min-reviewers 1|2] [--kind KIND]… [--mapping NAME]… [--issuer NAME]… [--role NAME]…
                    [--target NAME]… [--owner TEXT]… [--reviewer PERSON]… [--fallback PERSON]
                    [--critical-bucket NAME]… [--framework TAG]… [--remind DAYS]…
       stint review prepare|start|seal ID
       stint review close ID [--reason TEXT] [--accept-failed]
       stint review release ID --reason TEXT
       stint review log ID                      what is found about the log itself; a review is sealed when it is acknowledged
       stint review acknowledge ID --rationale TEXT [--key KEY]…
       stint review show ID
       stint review items ID [--state STATE|undecided] [--kind KIND] [--mine]
       stint review next ID                     the first item that waits for you, as you decide over it
       stint review item ID N
       stint review attest|narrow|revoke ID N… --rationale TEXT [--evidence TEXT] [--seen VERSION]
       stint review defer ID N --until DAY --rationale TEXT     to 30 days after the due date at the latest
       stint review delegate ID N --to PERSON --rationale TEXT
       stint review restore ID N --rationale TEXT
       stint review retry ID N
       stint review report ID [--csv|--html|--md]
       stint review pack ID -o FILE             the evidence of a sealed review, for an auditor (docs/EVIDENCE.md)

The quarterly review (docs/REVIEWS.md). A decision is over the version that --seen names, else that of the snapshot;
several items at once are decided only where their risk is low. --from and --to are the first and the last day of the
period, whole in UTC, or instants, of which the last is not in it; without them it is the quarter before this one. A DAY of
--due and --until ends with its last second. A TEXT stays in the log for good, also where a person is erased: a ticket says
enough, leave names of people out.
With --json an answer is what the server says. The server is also read from STINT_SERVER (--server), the admin token from
STINT_ADMIN_TOKEN (--token-file).
`

type Verb = {
  readonly run: (ask: ReviewAsk) => Promise<ExitCode>
  /** How many items it is of. */
  readonly items?: 'one' | 'some'
  readonly needs?: readonly (keyof ReviewAsk['flags'])[]
  readonly ofNone?: true
}

const step = (verb: 'prepare' | 'start' | 'close' | 'seal' | 'release') => (ask: ReviewAsk) =>
  stepOf(verb, ask)
const decide = (verdict: 'attest' | 'narrow' | 'revoke') => (ask: ReviewAsk) =>
  ask.items.length === 1 ? answerItem(verdict, ask) : decideTogether(verdict, ask)
const SAID = ['rationale'] as const

const VERBS: Readonly<Record<string, Verb>> = {
  list: { run: listReviews, ofNone: true },
  draft: { run: draftReview, ofNone: true },
  prepare: { run: step('prepare') },
  start: { run: step('start') },
  close: { run: step('close') },
  seal: { run: step('seal') },
  release: { run: step('release'), needs: ['reason'] },
  log: { run: showLog },
  acknowledge: { run: acknowledgeLog, needs: SAID },
  show: { run: showReview },
  items: { run: showItems },
  next: { run: showNext },
  item: { run: showItem, items: 'one' },
  attest: { run: decide('attest'), items: 'some', needs: SAID },
  narrow: { run: decide('narrow'), items: 'some', needs: SAID },
  revoke: { run: decide('revoke'), items: 'some', needs: SAID },
  defer: { run: (ask) => answerItem('defer', ask), items: 'one', needs: ['rationale', 'until'] },
  delegate: { run: (ask) => handOnItem(ask), items: 'one', needs: ['rationale', 'to'] },
  restore: { run: (ask) => answerItem('restore', ask), items: 'one', needs: SAID },
  retry: { run: retryItem, items: 'one' },
  report: { run: reportOf },
}

/** `stint review`: the quarterly review, from a draft to its seal. */
export async function reviewCommand(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const parsed = readReviewArguments(argv)
  if (parsed === null) return usageSaid(io, 'an option that is not known', USAGE)
  const [name = 'list', id = '', ...rest] = parsed.positionals
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (verb === undefined) return usageSaid(io, `no command review ${name}`, USAGE)
  const items = rest.map(Number)
  const problem = problemOf(verb, { id, items, flags: parsed.values })
  if (problem !== null) return usageSaid(io, problem, USAGE)
  const to = await adminConnection(parsed.values, io)
  if (typeof to === 'string') return usageSaid(io, to, USAGE)
  return verb.run({ to, io, id: encodeURIComponent(id), items, flags: parsed.values })
}

function problemOf(
  verb: Verb,
  { id, items, flags }: Pick<ReviewAsk, 'id' | 'items' | 'flags'>,
): string | null {
  if (verb.ofNone === true) return id === '' ? null : 'too many arguments'
  if (id === '') return 'name the review: rev_…'
  if (!items.every((n) => Number.isSafeInteger(n) && n > 0)) return 'an item is named by its number'
  if (verb.items === undefined && items.length > 0) return 'too many arguments'
  if (verb.items === 'one' && items.length !== 1) return 'name one item, by its number'
  if (verb.items === 'some' && items.length === 0) return 'name the items, by their numbers'
  const missing = (verb.needs ?? []).find((flag) => flags[flag] === undefined)
  return missing === undefined ? null : `--${missing} is missing`
}

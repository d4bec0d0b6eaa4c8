import { expect, test } from 'vitest'
import type { Actor } from '../audit-event.ts'
import { firstStanding, type ItemDecision } from './item.ts'
import { dutyBreaches } from './report.ts'
import type { ReviewItem } from './snapshot.ts'

const who = (sub: string): Actor => ({ issuer: 'https://id.example.com', sub, person: `${sub}@example.com` })
const ANN = who('ann')
const [ABE, BEA] = [who('abe'), who('bea')]
/** Version 2 by `ann`, which `abe` let through; of version 1 it was `bea`. */
const ITEM = {
  n: 7,
  makers: [
    { version: 1, author: ANN, approver: BEA },
    { version: 2, author: ANN, approver: ABE },
  ],
} as unknown as ReviewItem // what duties rest on
const decidedBy = (by: Actor) => ({
  item: ITEM,
  standing: { ...firstStanding([]), decisions: [{ by, verdict: 'attest' } as ItemDecision] }, // who decided
})
const same = (a: Actor, b: Actor) => a.sub === b.sub

test.each([
  ['its author', ANN, [{ n: 7, reviewer: ANN }]],
  ['whoever was the last to say yes to it', ABE, [{ n: 7, reviewer: ABE }]],
  ['whoever said yes to what stood before', BEA, []],
  ['somebody else', who('rita'), []],
])('a decision by %s', (_name, by, expected) => {
  expect(dutyBreaches([decidedBy(by)], same)).toEqual(expected)
})

export type Quarter = { readonly title: string; readonly from: string; readonly to: string }

/** The calendar quarter before the one of that instant, in UTC: its name, its first day and its last. */
export function lastQuarter(nowMs: number): Quarter {
  const now = new Date(nowMs)
  const first = Math.floor(now.getUTCMonth() / 3) * 3
  const from = new Date(Date.UTC(now.getUTCFullYear(), first - 3, 1))
  const to = new Date(Date.UTC(now.getUTCFullYear(), first, 0))
  const day = (of: Date) => of.toISOString().slice(0, 10)
  return {
    title: `Q${Math.floor(from.getUTCMonth() / 3) + 1} ${from.getUTCFullYear()}`,
    from: day(from),
    to: day(to),
  }
}

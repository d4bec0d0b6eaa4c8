import { Pool } from 'undici'

export type Shot = {
  /** Left out: POST. */
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}
export type Fired = {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly bad: number
}

/** Fires `count` requests over so many connections, each caller the next as soon as its answer is whole. */
export async function fire(
  origin: string,
  shots: (at: number) => Shot,
  load: { readonly count: number; readonly callers: number },
): Promise<Fired> {
  const pool = new Pool(origin, { connections: load.callers, pipelining: 1 })
  const times: number[] = []
  let next = 0
  let bad = 0
  const started = performance.now()
  await Promise.all(
    Array.from({ length: load.callers }, async () => {
      while (next < load.count) {
        const shot = shots(next++)
        const begun = performance.now()
        const { method = 'POST', path, headers, body: sent } = shot
        const request = method === 'GET' ? { method, path, headers } : { method, path, headers, body: sent }
        const { statusCode, body } = await pool.request(request)
        await body.dump({ limit: 1 << 20 })
        times.push(performance.now() - begun)
        if (statusCode !== 200) bad += 1
      }
    }),
  )
  const seconds = (performance.now() - started) / 1000
  await pool.close()
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0
  return { perSecond: load.count / seconds, p50Ms: at(0.5), p99Ms: at(0.99), bad }
}

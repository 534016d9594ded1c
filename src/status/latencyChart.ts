import { BUCKETS_SECONDS } from '../metrics/Timings.js'
import { draw, roundTop } from './drawing.js'
import { counted, milliseconds, share } from './format.js'

export const BOUNDS_MS: readonly number[] = BUCKETS_SECONDS.map((seconds) => seconds * 1000)

/** How long page loads took, as shares of all of them. @param counts by bucket */
export function latencyChart(title: string, kind: string, counts: readonly number[]) {
  const all = counts.reduce((sum, count) => sum + count, 0)
  const shares = counts.map((count) => count / Math.max(all, 1))
  const top = roundTop(Math.max(...shares, 0.1))
  const columns = counts.map((count, bucket) => ({
    label: `${bucketInWords(bucket)}: ${counted(count, 'load')}`,
    parts: [{ kind, value: shares[bucket] ?? 0 }],
  }))
  const [half, most] = [0.5, 0.99].map((quantile) => bucketInWords(bucketOf(quantile, counts)))
  const summary = `${counted(all, 'load')}, half of them ${half}, 99% ${most}.`
  return {
    title,
    summary: all === 0 ? 'None so far.' : summary,
    plot: draw(columns, top),
    top: share(top, 1),
  }
}

/** "up to 0.5 ms" */
export function bucketInWords(bucket: number): string {
  const boundMs = BOUNDS_MS[bucket]
  return boundMs === undefined
    ? `more than ${milliseconds(BOUNDS_MS.at(-1) ?? 0)}`
    : `up to ${milliseconds(boundMs)}`
}

/** The bucket that holds this quantile. */
export function bucketOf(quantile: number, counts: readonly number[]): number {
  const wanted = quantile * counts.reduce((sum, count) => sum + count, 0)
  let within = 0
  return counts.findIndex((count) => {
    within += count
    return within >= wanted
  })
}

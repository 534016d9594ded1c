import type { Second } from './RollingMetrics.js'

export const PLOT_HEIGHT = 40
/** So that a single stale page among many is visible. */
const MIN_HEIGHT = 4

/** A bar for each second, one unit wide, and as high as the share of stale page loads in it. */
export function plotPath(seconds: readonly Second[]): string {
  return seconds
    .map(({ loads, stale }, x) => {
      if (stale === 0) return ''
      const height = Math.max(MIN_HEIGHT, Math.min(1, stale / Math.max(1, loads)) * PLOT_HEIGHT)
      return `M${x} ${PLOT_HEIGHT}v${-height.toFixed(1)}h1V${PLOT_HEIGHT}z`
    })
    .join('')
}

/** Upper bounds of the classes in which durations are counted: three to a power of ten, from 0.1 ms to 5 s. */
export const BOUNDS_MS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const

/** How many durations fell into which class. Cheap enough to be told of every request. */
export class Histogram {
  /** One more than there are bounds: the last is for whatever takes longer. */
  readonly counts: number[] = Array(BOUNDS_MS.length + 1).fill(0)
  #count = 0
  #sumMs = 0

  get count(): number {
    return this.#count
  }

  get sumMs(): number {
    return this.#sumMs
  }

  record(durationMs: number): void {
    let place = 0
    while (durationMs > (BOUNDS_MS[place] ?? Number.POSITIVE_INFINITY)) place++
    this.counts[place] = (this.counts[place] ?? 0) + 1
    this.#count++
    this.#sumMs += durationMs
  }
}

/** The sum of several, class by class. */
export function addUp(histograms: readonly Histogram[]): number[] {
  return Array.from({ length: BOUNDS_MS.length + 1 }, (_, place) =>
    histograms.reduce((sum, { counts }) => sum + (counts[place] ?? 0), 0),
  )
}

/**
 * The bound within which this share of the durations stayed.
 * @returns undefined where there are none, Infinity where the bound lies above all classes
 */
export function boundOf(share: number, counts: readonly number[]): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let within = 0
  const place = counts.findIndex((count) => {
    within += count
    return within >= share * total
  })
  return BOUNDS_MS[place] ?? Number.POSITIVE_INFINITY
}

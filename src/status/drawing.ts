/** One column of a plot: its label, and its parts from bottom to top. */
export interface Column {
  readonly label: string
  readonly parts: readonly Part[]
}

interface Part {
  /** A class of status.css, which colours it. */
  readonly kind: string
  readonly value: number
}

const COLUMN_WIDTH = 10
const GAP = 1.5
const HEIGHT = 100
/** One miss among thousands of hits must be visible. */
const MIN_HEIGHT = 2
/** Room for columns that the minimum height makes higher. */
const HEADROOM = 4 * MIN_HEIGHT

/**
 * What a view needs to draw a plot. The view has its texts in HTML beside it, so it can be stretched to any width.
 * @param top the value that fills the plot's height
 */
export function draw(columns: readonly Column[], top: number) {
  const height = HEIGHT + HEADROOM
  return {
    width: columns.length * COLUMN_WIDTH,
    height,
    columns: columns.map(({ label, parts }, index) => ({
      label,
      bars: stack(parts, index * COLUMN_WIDTH + GAP / 2, height, top),
    })),
  }
}

function stack(parts: readonly Part[], x: number, bottom: number, top: number) {
  let y = bottom
  return parts
    .filter(({ value }) => value > 0)
    .map(({ kind, value }) => {
      const height = rounded(Math.max(MIN_HEIGHT, (value / top) * HEIGHT))
      y = rounded(y - height)
      return { kind, x, y, width: COLUMN_WIDTH - GAP, height }
    })
}

/** Rounds up to the next of 1, 2, 5, 10, 20 …: a number that people can read. */
export function roundTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value
}

function rounded(length: number): number {
  return Math.round(length * 100) / 100
}

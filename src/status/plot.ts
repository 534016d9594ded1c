/** One column of a plot: what it stands for, and the parts that it is stacked of, the lowest first. */
export interface Column {
  readonly label: string
  readonly parts: readonly Part[]
}

interface Part {
  /** A class of status.css, which colours it. */
  readonly kind: string
  readonly value: number
}

interface Bar {
  readonly kind: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What a view needs to draw a plot. Its texts stand around it in HTML, so that it can be stretched to any width. */
export interface Plot {
  readonly width: number
  readonly height: number
  readonly columns: readonly { readonly label: string; readonly bars: readonly Bar[] }[]
}

const COLUMN_WIDTH = 10
const GAP = 1.5
const HEIGHT = 100
/** One miss among thousands of hits must still be seen. */
const LEAST_HEIGHT = 2
/** Room for the columns that this makes higher than they are. */
const HEADROOM = 4 * LEAST_HEIGHT

/** @param top the value that is as high as the plot */
export function draw(columns: readonly Column[], top: number): Plot {
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

function stack(parts: readonly Part[], x: number, bottom: number, top: number): Bar[] {
  let y = bottom
  return parts
    .filter(({ value }) => value > 0)
    .map(({ kind, value }) => {
      const height = rounded(Math.max(LEAST_HEIGHT, (value / top) * HEIGHT))
      y = rounded(y - height)
      return { kind, x, y, width: COLUMN_WIDTH - GAP, height }
    })
}

/** The next of 1, 2, 5, 10, 20 … that is not below: a top that people can read. */
export function roundTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value
}

function rounded(length: number): number {
  return Math.round(length * 100) / 100
}

/** A sequence diagram: what happened between participants, in the order of time. */
export interface Diagram {
  readonly title: string
  /** The participants, from left to right. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

/** An arrow from one column to another, or a note in one column. */
export interface Row {
  readonly label: string
  readonly from: number
  /** Undefined for a note. */
  readonly to?: number
  /** When it happened, shown at the left. */
  readonly time?: string
  /** The operation failed: the arrow ends in a cross. */
  readonly isFailed?: boolean
  /** This step makes the page stale. */
  readonly isCulprit?: boolean
}

const WIDE_COLUMN = 200
/** In pictures with more than four columns. */
const NARROW_COLUMN = 150
const ROW = 40
const HEAD = 52
const TIME = 92
const NOTE_HEIGHT = 26
/** Width of a letter in a note, to make the note as wide as its text. */
const LETTER = 7.8

/** A sequence diagram as SVG. diagram.css colours its classes. @param id is unique on the page */
export function draw({ title, columns, rows }: Diagram, id: string): string {
  const left = rows.some(({ time }) => time) ? TIME : 0
  const columnWidth = columns.length > 4 ? NARROW_COLUMN : WIDE_COLUMN
  const x = (column: number): number => left + columnWidth * (column + 0.5)
  const width = left + columnWidth * columns.length
  const height = HEAD + ROW * rows.length + 12
  const lifelines = columns.map(
    (name, column) =>
      `<text class="head" x="${x(column)}" y="26" text-anchor="middle">${escaped(name)}</text>` +
      `<path class="life" d="M${x(column)} 40V${height}"/>`,
  )
  const drawn = rows.map((row, index) => drawRow(row, HEAD + ROW * (index + 0.5), x, width))
  return `<svg xmlns="http://www.w3.org/2000/svg" class="sequence" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="${id}">
<title id="${id}">${escaped(title)}</title>
${lifelines.join('\n')}
${drawn.join('\n')}
</svg>`
}

function drawRow(row: Row, y: number, x: (column: number) => number, width: number): string {
  const kind = row.isCulprit ? 'row culprit' : 'row'
  const time = row.time ? `<text class="time" x="0" y="${y + 4}">${escaped(row.time)}</text>` : ''
  const shape =
    row.to === undefined
      ? drawNote(row.label, x(row.from), y, width)
      : drawArrow(row, x(row.from), x(row.to), y)
  return `<g class="${kind}">${time}${shape}</g>`
}

function drawNote(label: string, centre: number, y: number, width: number): string {
  const half = Math.max(40, Math.round((label.length * LETTER) / 2) + 10)
  // A long note stays inside the picture.
  const middle = Math.min(Math.max(centre, half), width - half)
  const box = `<rect x="${middle - half}" y="${y - NOTE_HEIGHT / 2}" width="${2 * half}" height="${NOTE_HEIGHT}" rx="6"/>`
  return `${box}<text x="${middle}" y="${y + 4}" text-anchor="middle">${escaped(label)}</text>`
}

function drawArrow({ label, isFailed }: Row, from: number, to: number, y: number): string {
  const direction = Math.sign(to - from)
  const end = isFailed ? Math.round(from + (to - from) * 0.8) : to - direction * 2
  const line = y + 8
  const tip = isFailed
    ? `M${end - 5} ${line - 5}l10 10m0 -10l-10 10`
    : `M${end - direction * 8} ${line - 5}L${end} ${line}L${end - direction * 8} ${line + 5}`
  return (
    `<path d="M${from} ${line}H${end}"/><path d="${tip}"/>` +
    `<text x="${(from + to) / 2}" y="${y}" text-anchor="middle">${escaped(label)}</text>`
  )
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

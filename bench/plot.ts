import type { Results } from './goals.js'
import type { Candidate } from './measures.js'

type Plotted = Exclude<Candidate, 'nodeGet'>

const COLOURS: Readonly<Record<Plotted, string>> = {
  product: '#0a7f4f',
  bare: '#7a7f87',
  tutorial: '#c2511b',
}
const NAMES: Readonly<Record<Plotted, string>> = {
  product: 'this app',
  bare: 'bare Express, promises nothing',
  tutorial: 'the tutorial way',
}
const PANEL = { width: 380, height: 260, left: 64, top: 44, gap: 84 }
const LENGTHS = [10, 1_000_000]
const RATES = [0.1, 100_000]

interface Point {
  readonly length: number
  readonly rate: number
}

/** Loads and adds a second against the queue's length, both on logarithmic scales; for light and dark pages. */
export function plot(results: Results): string {
  const second = PANEL.left + PANEL.width + PANEL.gap
  const width = second + PANEL.width + 16
  const height = PANEL.top + PANEL.height + 84
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">
<title>Page loads and adds a second against the length of the queue</title>
<style>
  text { fill: #24292f } .grid { stroke: #8884 } path { fill: none; stroke-width: 2.5 }
  @media (prefers-color-scheme: dark) { text { fill: #d7dde3 } g.lines { filter: brightness(1.5) } }
</style>
${panel('page loads a second', PANEL.left, 'load', ['bare', 'tutorial', 'product'], results)}
${panel('adds a second, written to disk', second, 'add', ['tutorial', 'product'], results)}
${legend(height - 14)}
</svg>
`
}

function panel(title: string, left: number, kind: string, candidates: Plotted[], results: Results): string {
  const x = (length: number) => left + logarithmic(length, LENGTHS) * PANEL.width
  const y = (rate: number) => PANEL.top + (1 - logarithmic(rate, RATES)) * PANEL.height
  const right = left + PANEL.width
  const bottom = PANEL.top + PANEL.height
  const rows = powersOfTen(RATES).map(
    (rate) =>
      `<line class="grid" x1="${left}" x2="${right}" y1="${y(rate)}" y2="${y(rate)}"/>` +
      `<text x="${left - 8}" y="${y(rate) + 4}" text-anchor="end">${label(rate)}</text>`,
  )
  const columns = powersOfTen(LENGTHS).map(
    (length) => `<text x="${x(length)}" y="${bottom + 20}" text-anchor="middle">${label(length)}</text>`,
  )
  const lines = candidates.map((candidate) => {
    const points = pointsOf(kind, candidate, results).map(({ length, rate }) => [x(length), y(rate)] as const)
    const dots = points.map(
      ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3.5" fill="${COLOURS[candidate]}"/>`,
    )
    return `<path d="M${points.map((point) => point.join(' ')).join('L')}" stroke="${COLOURS[candidate]}"/>${dots.join('')}`
  })
  return `<text x="${left}" y="${PANEL.top - 18}" font-weight="600">${title}</text>
${rows.join('\n')}
${columns.join('\n')}
<text x="${(left + right) / 2}" y="${bottom + 40}" text-anchor="middle">items in the queue</text>
<g class="lines">${lines.join('\n')}</g>`
}

function legend(y: number): string {
  const entries = Object.entries(NAMES) as [Plotted, string][]
  return entries
    .map(([candidate, name], index) => {
      const x = PANEL.left + index * 270
      return `<circle cx="${x}" cy="${y - 4}" r="5" fill="${COLOURS[candidate]}"/><text x="${x + 12}" y="${y}">${name}</text>`
    })
    .join('\n')
}

function pointsOf(kind: string, candidate: Plotted, results: Results): Point[] {
  return [...results]
    .map(([name, [metrics]]) => {
      const [, length] = new RegExp(`^plot ${kind} (\\d+) ${candidate}$`).exec(name) ?? []
      return { length: Number(length), rate: metrics?.perSecond ?? 0 }
    })
    .filter(({ length, rate }) => length > 0 && rate > 0)
    .toSorted((a, b) => a.length - b.length)
}

/** The position of a value in a range: 0 at the lower end, 1 at the upper end. */
export function logarithmic(value: number, [low = 1, high = 1]: readonly number[]): number {
  return Math.log(value / low) / Math.log(high / low)
}

function powersOfTen([low = 1, high = 1]: readonly number[]): number[] {
  const count = Math.round(Math.log10(high / low)) + 1
  return Array.from({ length: count }, (_, power) => Number((low * 10 ** power).toPrecision(1)))
}

function label(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000}M`
  return value >= 1_000 ? `${value / 1_000}k` : String(value)
}

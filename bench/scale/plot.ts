import { logarithmic } from '../plot.js'
import type { CheckedRun } from './checked.js'
import { planFor } from './model.js'
import { PARTS, type UnitCosts } from './units.js'

const WIDTH = 400
const HEIGHT = 260
const LEFT = 60
const TOP = 44
const GAP = 90
const COLOURS = { web: '#0a7f4f', postgres: '#c2511b', memcached: '#2f6fb0' }
const PROCESSES = [1, 1_000] as const
const PROCESSORS = [0.001, 1_000] as const

/** Two plots: processors needed for a number of web processes, and predicted against measured processor time. */
export function scalePlot(units: UnitCosts, runs: readonly CheckedRun[]): string {
  const width = 2 * (LEFT + WIDTH) + GAP
  const height = TOP + HEIGHT + 90
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13">
<title>Processors that web processes, Postgres and memcached need; predicted and measured processor time</title>
<style>
  text { fill: #24292f } .grid { stroke: #8884 } path { fill: none; stroke-width: 2.5 }
  @media (prefers-color-scheme: dark) { text { fill: #d7dde3 } .data { filter: brightness(1.5) } }
</style>
${needed(units)}
${checked(runs, LEFT + WIDTH + GAP)}
${PARTS.map(legend).join('\n')}
</svg>
`
}

function needed(units: UnitCosts): string {
  const x = (processes: number) => LEFT + logarithmic(processes, PROCESSES) * WIDTH
  const y = (processors: number) => TOP + (1 - logarithmic(processors, PROCESSORS)) * HEIGHT
  const steps = Array.from({ length: 31 }, (_, step) => 10 ** (step / 10))
  const lines = PARTS.map((part) => {
    const points = steps.map((processes) => {
      const { postgres, memcached } = planFor(units, processes)
      const needs = {
        web: processes,
        postgres: postgres.checks + postgres.adds,
        memcached: memcached.processors,
      }
      return `${x(processes).toFixed(1)} ${y(needs[part]).toFixed(1)}`
    })
    return `<path class="data" d="M${points.join('L')}" stroke="${COLOURS[part]}"/>`
  })
  const rows = [0.001, 0.01, 0.1, 1, 10, 100, 1_000].map((value) => rule(y(value), LEFT, String(value)))
  const columns = [1, 10, 100, 1_000].map((value) => mark(x(value), String(value)))
  return `${title('processors needed', LEFT)}${rows.join('')}${columns.join('')}${below('web processes', LEFT)}${lines.join('')}`
}

function checked(runs: readonly CheckedRun[], left: number): string {
  const most = Math.max(...runs.flatMap((run) => PARTS.map((part) => run.measuredUs[part] / 1e6)), 1)
  const y = (seconds: number) => TOP + (1 - seconds / most) * HEIGHT
  const slot = WIDTH / runs.length
  const bars = runs.flatMap((run, index) =>
    PARTS.map((part, place) => {
      const x = left + index * slot + 8 + place * ((slot - 16) / PARTS.length)
      const width = (slot - 16) / PARTS.length - 4
      const measured = run.measuredUs[part] / 1e6
      const predicted = y(run.predictedUs[part] / 1e6)
      return (
        `<rect class="data" x="${x}" y="${y(measured)}" width="${width}" height="${TOP + HEIGHT - y(measured)}" fill="${COLOURS[part]}"/>` +
        `<line x1="${x - 3}" x2="${x + width + 3}" y1="${predicted}" y2="${predicted}" stroke="currentColor" stroke-width="2.5"/>`
      )
    }),
  )
  const columns = runs.map(({ processes }, index) => mark(left + (index + 0.5) * slot, String(processes)))
  const rows = [0, most / 2, most].map((value) => rule(y(value), left, value.toFixed(1)))
  const heading = 'processor time in 5 s: bars measured, lines predicted'
  return `${title(heading, left)}${rows.join('')}${columns.join('')}${below('web processes', left)}${bars.join('')}`
}

function rule(y: number, left: number, label: string): string {
  return `<line class="grid" x1="${left}" x2="${left + WIDTH}" y1="${y}" y2="${y}"/><text x="${left - 8}" y="${y + 4}" text-anchor="end">${label}</text>`
}

function mark(x: number, label: string): string {
  return `<text x="${x}" y="${TOP + HEIGHT + 20}" text-anchor="middle">${label}</text>`
}

function below(label: string, left: number): string {
  return `<text x="${left + WIDTH / 2}" y="${TOP + HEIGHT + 42}" text-anchor="middle">${label}</text>`
}

function title(label: string, left: number): string {
  return `<text x="${left}" y="${TOP - 18}" font-weight="600">${label}</text>`
}

function legend(part: (typeof PARTS)[number], index: number): string {
  const x = LEFT + index * 150
  const y = TOP + HEIGHT + 76
  return `<circle cx="${x}" cy="${y - 4}" r="5" fill="${COLOURS[part]}"/><text x="${x + 12}" y="${y}">${part}</text>`
}

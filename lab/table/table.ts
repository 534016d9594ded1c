import { CALM, FAULTS } from '../faults/faults.js'
import { WAYS } from '../ways.js'
import type { Measurement } from './measure.js'

/** Stale pages of each way under each fault, and what each way costs when nothing is wrong; in Markdown. */
export function tables(measurements: readonly Measurement[]): string {
  return `${staleTable(measurements)}\n\n${costTable(measurements)}`
}

/** Stale pages in 100,000, and the age of the oldest. */
function staleTable(measurements: readonly Measurement[]): string {
  const rows = [CALM, ...FAULTS].map((fault) => [
    fault.name,
    ...WAYS.map(({ id }) => {
      const found = measurements.find((one) => one.way === id && one.fault === fault.id)
      return found ? staleCell(found) : ''
    }),
  ])
  return markdown(['stale pages in 100,000 (the oldest)', ...WAYS.map(({ name }) => name)], rows)
}

function staleCell({ stale, loads, oldestMs }: Measurement): string {
  if (stale === 0) return '0'
  const share = Math.max(1, Math.round((stale / loads) * 100_000))
  return `**${share.toLocaleString('en')}** (${seconds(oldestMs)})`
}

function costTable(measurements: readonly Measurement[]): string {
  const calm = measurements.filter(({ fault }) => fault === CALM.id)
  const row = (name: string, cell: (one: Measurement) => string) => [
    name,
    ...WAYS.map(({ id }) => calm.filter(({ way }) => way === id).map(cell)[0] ?? ''),
  ]
  return markdown(
    [`${CALM.name}:`, ...WAYS.map(({ name }) => name)],
    [
      row('hits', ({ hits }) => `${Math.round(hits * 100)} %`),
      row('page load, p50', ({ p50Ms }) => `${p50Ms.toFixed(1)} ms`),
      row('queries to Postgres for a page load', ({ queriesPerLoad }) => queriesPerLoad.toFixed(2)),
    ],
  )
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.ceil(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) =>
    Math.max(3, ...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => pad(cell, widths[column] ?? 0, column))
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

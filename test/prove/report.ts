import type { Violation } from './history.js'
import type { PhaseResult } from './run.js'

const COLUMNS = [
  'phase',
  'requests',
  'stale',
  'went back',
  'conflicts',
  'lost',
  'errors',
  'last known',
  'hits',
  'p50',
  'p99',
  'max',
  'slowest write',
  'healed after',
  'machine late',
] as const
const SHOWN_VIOLATIONS = 5

/** The table of a run, in Markdown. Times are in milliseconds, and are those of page loads if not said otherwise. */
export function table(results: readonly PhaseResult[]): string {
  const rows = [[...COLUMNS], ...results.map(cells)]
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => line(row.map((cell, column) => pad(cell, widths[column] ?? 0, column))))
  const rule = line(
    widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)),
  )
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

/** What the contract promises in each phase in addition. Phases with the same promise share a line. */
export function promises(results: readonly PhaseResult[]): string {
  const phases = new Map<string, string[]>()
  for (const { phase } of results)
    phases.set(phase.promise, [...(phases.get(phase.promise) ?? []), phase.name])
  const lines = [...phases].map(([promise, names]) => `- ${names.join('; ')}: **${promise}**`)
  return [
    'In every phase: **nothing is stale, goes back, contradicts itself or is lost**. And in',
    '',
    ...lines,
  ].join('\n')
}

/** One line for one phase, as soon as it is over. */
export function progress({ phase, metrics, violations }: PhaseResult): string {
  const verdict = violations.length === 0 ? 'ok' : `${violations.length} VIOLATIONS`
  return `${phase.name}: ${metrics.requests} requests, healed after ${whole(metrics.healedAfterMs)} ms: ${verdict}`
}

/** The violations in words, some of each kind, and the app's warnings. */
export function complaints({ violations, warnings }: PhaseResult): string[] {
  if (violations.length === 0) return []
  const columns = [...new Set(violations.map(({ column }) => column))]
  const shown = columns.flatMap((column) =>
    violations.filter((violation) => violation.column === column).slice(0, SHOWN_VIOLATIONS),
  )
  return [
    ...shown.map(({ column, phase, message }) => `  ${column}, ${phase}: ${message}`),
    ...warnings.map((warning) => `  the app warned ${warning}`),
  ]
}

function cells({ phase, metrics, violations }: PhaseResult): string[] {
  const count = (column: Violation['column']) =>
    String(violations.filter((violation) => violation.column === column).length)
  return [
    phase.name,
    String(metrics.requests),
    count('stale'),
    count('went back'),
    count('conflicts'),
    count('lost'),
    String(metrics.errors),
    String(metrics.lastKnown),
    `${Math.round(metrics.hits * 100)} %`,
    whole(metrics.p50Ms),
    whole(metrics.p99Ms),
    whole(metrics.maxMs),
    whole(metrics.slowestWriteMs),
    whole(metrics.healedAfterMs),
    whole(metrics.machineLateMs),
  ]
}

function whole(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value)) : 'never'
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width)
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

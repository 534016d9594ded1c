import type { CheckedRun } from './checked.js'
import { maxAddsPerSecond, type Plan } from './model.js'
import { PARTS, type UnitCost, type UnitCosts } from './units.js'

const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** The three tables of docs/scaling.md. */
export function report(units: UnitCosts, plans: readonly Plan[], runs: readonly CheckedRun[]): string {
  return [unitTable(units), planTable(plans), limits(units), runTable(runs)].join('\n\n')
}

function unitTable(units: UnitCosts): string {
  const rows: readonly (readonly [string, UnitCost])[] = [
    ['a page load that hits', units.hit],
    ['one that misses', units.miss],
    ['a version check', units.versionCheck],
    ['an add that is alone', units.addAlone],
    [`an add of ${numbers.format(units.addsInOneCommit)} in one commit`, units.addTogether],
    ['to send one open window a change', units.eventToWindow],
  ]
  return [
    '| | web, µs | Postgres, µs | memcached, µs | bytes, Postgres | bytes, memcached |',
    '| --- | --: | --: | --: | --: | --: |',
    ...rows.map(([name, { cpuUs, bytes }]) =>
      row(name, cpuUs.web, cpuUs.postgres, cpuUs.memcached, bytes.postgres, bytes.memcached),
    ),
    '',
    `An open window takes ${numbers.format(units.windowKb)} kB of memory.`,
  ].join('\n')
}

function planTable(plans: readonly Plan[]): string {
  return [
    '| web processes | page loads/s | adds/s | Postgres: processors for checks | for adds | connections | memcached: processors | MB/s |',
    '| --: | --: | --: | --: | --: | --: | --: | --: |',
    ...plans.map(({ processes, loads, adds, postgres, memcached, connections }) =>
      row(
        String(processes),
        ...[loads, adds, postgres.checks, postgres.adds, connections],
        ...[memcached.processors, memcached.bytes / 1e6],
      ),
    ),
  ].join('\n')
}

function limits(units: UnitCosts): string {
  const { hit } = units
  return [
    'No number of web processes adds to these two:',
    '',
    `- The queue is one row. One processor of Postgres commits ${numbers.format(maxAddsPerSecond(units))} single adds a second.`,
    `- The key is on one memcached. One of its threads answers ${numbers.format(1e6 / hit.cpuUs.memcached)} hits a second,`,
    `  which are ${numbers.format(hit.bytes.memcached / hit.cpuUs.memcached)} MB a second on the network.`,
  ].join('\n')
}

function runTable(runs: readonly CheckedRun[]): string {
  return [
    '| processes | loads | adds | web, s: predicted | measured | Postgres, s: predicted | measured | memcached, s: predicted | measured |',
    '| --: | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...runs.map(({ processes, loads, adds, predictedUs, measuredUs }) =>
      row(
        String(processes),
        ...[loads, adds],
        ...PARTS.flatMap((part) => [predictedUs[part] / 1e6, measuredUs[part] / 1e6]),
      ),
    ),
  ].join('\n')
}

function row(name: string, ...values: readonly number[]): string {
  return `| ${[name, ...values.map((value) => numbers.format(value))].join(' | ')} |`
}

import type { Measurement } from '../../lab/table/measure.js'
import { tables } from '../../lab/table/table.js'

const CALM_UPDATE: Measurement = {
  way: 'update',
  fault: 'calm',
  loads: 2_000,
  writes: 200,
  failures: 0,
  hits: 0.996,
  p50Ms: 1.24,
  p99Ms: 9,
  stale: 0,
  oldestMs: 0,
  queriesPerLoad: 0.2,
}

function rowOf(table: string, name: string): string[] {
  const line = table.split('\n').find((text) => text.startsWith(`| ${name} `)) ?? ''
  return line.split('|').map((cell) => cell.trim())
}

test('a way without a stale page has a 0, and one with some has their share and the age of the oldest', () => {
  const cut = { ...CALM_UPDATE, fault: 'cut-off', stale: 3, oldestMs: 1_250 }
  const table = tables([CALM_UPDATE, cut])
  expect(rowOf(table, 'no fault, one writer')[5]).toBe('0')
  expect(rowOf(table, 'cut process A off')[5]).toBe('**150** (1.3 s)')
})

test('a single stale page among a million is not rounded away', () => {
  const table = tables([{ ...CALM_UPDATE, loads: 1_000_000, stale: 1, oldestMs: 12.3 }])
  expect(rowOf(table, 'no fault, one writer')[5]).toBe('**1** (13 ms)')
})

test('the costs of a way are those of the time without a fault', () => {
  const table = tables([{ ...CALM_UPDATE, fault: 'flush', hits: 0.1 }, CALM_UPDATE])
  expect(rowOf(table, 'hits')[5]).toBe('100 %')
  expect(rowOf(table, 'page load, p50')[5]).toBe('1.2 ms')
  expect(rowOf(table, 'queries to Postgres for a page load')[5]).toBe('0.20')
})

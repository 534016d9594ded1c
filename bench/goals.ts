import { type Metrics, median } from './measures.js'

/** A line of the table: what was compared with what, and the goal. */
export interface Row {
  readonly what: string
  readonly ours: string
  readonly theirs: string
  readonly result: number
  readonly goal: string
  readonly isMet: boolean
}

/** What each round measured, by name. */
export type Results = ReadonlyMap<string, readonly Metrics[]>

/** The goals, and the results of this run. */
export function goalRows(results: Results, requests: { loads: number; adds: number }): Row[] {
  const all = (name: string, metric: keyof Metrics) =>
    (results.get(name) ?? []).map((metrics) => metrics[metric] ?? Number.NaN)
  const rate = (name: string) => all(name, 'perSecond')
  const cpu = (name: string) => all(name, 'cpuUs')
  const time = (name: string) => rate(name).map((perSecond) => 1 / perSecond)
  const middle = (name: string, metric: keyof Metrics) => median(all(name, metric))
  const faster = (what: string, ours: string, theirs: string, goal: number): Row =>
    atLeast(what, [rate(ours), rate(theirs)], perSecond, goal)
  const notSlower = (what: string, ours: string, theirs: string): Row =>
    atMost(what, [time(ours), time(theirs)], reciprocal, 1.2)

  const hit = 'load 100 product'
  const large = 'load 1000 on a page'
  return [
    faster('page load, hit, 100 items, against node:http + get', hit, 'load 100 nodeGet', 1),
    atMost('the same, processor time', [cpu(hit), cpu('load 100 nodeGet')], us, 1),
    faster('against it, 1,000 items on the page', `${large} product`, `${large} nodeGet`, 2),
    faster('against bare Express + get, 100 items', hit, 'load 100 bare', 3),
    faster('against the tutorial way, 100 items', hit, 'load 100 tutorial', 6),
    faster('against it, 1,000 items on the page', `${large} product`, `${large} tutorial`, 25),
    under(
      'to and from memcached for a hit, 100 items; 1,000 items',
      middle('bytes of a hit', 'memcachedBytes'),
      middle('bytes of a hit, 1000 on a page', 'memcachedBytes'),
      { goal: 100, unit: 'bytes' },
    ),
    faster('`304`, against our `200`', 'load 100 product 304', hit, 1.1),
    faster('compressed (br), against our plain page', 'load 100 product br', hit, 1),
    faster(
      'adds, 32 connections, 100 items, against the tutorial way',
      'add 100 product',
      'add 100 tutorial',
      6,
    ),
    faster('the same, 10,000 items', 'add 10000 product', 'add 10000 tutorial', 90),
    atMost(
      'one add alone, p50, against the tutorial way',
      [all('single add product', 'ms'), all('single add tutorial', 'ms')],
      inMs,
      0.8,
    ),
    atMost(
      'an add by two processes, against one: processor time of web, Postgres and memcached',
      [all('add 100 two processes', 'totalCpuUs'), all('add 100 product', 'totalCpuUs')],
      us,
      1.2,
    ),
    notSlower('page load, 1,000,000 items against 100, time', 'load 1000000 product', hit),
    notSlower('add, 1,000,000 items against 100, time', 'add 1000000 product', 'add 100 product'),
    under(
      `memory after ${count(requests.loads)} loads and ${count(requests.adds)} adds; after twice that`,
      middle('memory', 'mb'),
      middle('memory, later', 'mb'),
      { goal: 100, unit: 'MB' },
    ),
    under('start to first page', middle('start', 'ms'), undefined, { goal: 1000, unit: 'ms' }),
  ]
}

type Show = (value: number) => string

/** Our result and the other's, round by round. */
type Pair = readonly [ours: readonly number[], theirs: readonly number[]]

function atLeast(what: string, pair: Pair, show: Show, goal: number): Row {
  const result = ratio(pair)
  return { what, ...shown(pair, show), result, goal: `≥ ${goal} ×`, isMet: result >= goal }
}

function atMost(what: string, pair: Pair, show: Show, goal: number): Row {
  const result = ratio(pair)
  return { what, ...shown(pair, show), result, goal: `≤ ${goal} ×`, isMet: result <= goal }
}

/** Ratios are taken within a round, because the machine may be busier in the next one. */
function ratio([ours, theirs]: Pair): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)))
}

function shown([ours, theirs]: Pair, show: Show) {
  return { ours: show(median(ours)), theirs: show(median(theirs)) }
}

function under(
  what: string,
  first: number,
  later: number | undefined,
  { goal, unit }: { readonly goal: number; readonly unit: string },
): Row {
  const worst = Math.max(first, later ?? 0)
  const show = (value: number) => `${Math.round(value)} ${unit}`
  const theirs = later === undefined ? '' : show(later)
  return {
    what,
    ours: show(first),
    theirs,
    result: worst / goal,
    goal: `≤ ${goal} ${unit}`,
    isMet: worst <= goal,
  }
}

/** The goals as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ what, ours, theirs, result, goal, isMet }) =>
      `| ${what} | ${ours} | ${theirs} | ${isMet ? '' : '**'}${result.toFixed(2)}${isMet ? '' : '** missed'} | ${goal} |`,
  )
  return ['| | this app | against | ratio | goal |', '| --- | --: | --: | --: | --: |', ...lines].join('\n')
}

function perSecond(value: number): string {
  return `${count(value)}/s`
}

/** How often something happens in a second, if it takes this long. */
function reciprocal(seconds: number): string {
  return perSecond(1 / seconds)
}

function us(value: number): string {
  return `${Math.round(value)} µs`
}

function inMs(value: number): string {
  return `${value.toFixed(2)} ms`
}

function count(value: number): string {
  return new Intl.NumberFormat('en').format(value < 100 ? Number(value.toPrecision(2)) : Math.round(value))
}

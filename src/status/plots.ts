import { BOUNDS_MS, boundOf } from '../figures/Histogram.js'
import { type Column, draw, roundTop } from './plot.js'
import type { Status } from './status.js'
import { counted, duration, milliseconds, number, share } from './words.js'

type Recent = Status['recent']
type Slot = Recent['slots'][number]

const RESULTS = ['hit', 'miss', 'stale', 'bypass'] as const

/** The page loads of the last quarter of an hour, by what the cache did for them. */
export function recentLoads({ slots, slotSeconds }: Recent) {
  const [hits, misses, stale, bypasses] = RESULTS.map((result) => sum(slots, result)) as [
    number,
    number,
    number,
    number,
  ]
  const all = hits + misses + stale + bypasses
  const columns = slots.map((slot, index) => ({
    label: `${ago(slots.length - index, slotSeconds)}: ${loadsInWords(slot)}`,
    parts: RESULTS.map((kind) => ({ kind, value: slot[kind] })),
  }))
  return {
    summary:
      all === 0 ? 'No page was loaded.' : `${counted(all, 'page load')}, ${share(hits, all)} from the cache.`,
    legend: [
      { kind: 'hit', text: counted(hits, 'hit') },
      { kind: 'miss', text: counted(misses, 'miss', 'misses') },
      { kind: 'stale', text: `${number(stale)} refused as stale` },
      { kind: 'bypass', text: `${number(bypasses)} past the cache` },
    ],
    ...perSecond(columns, Math.max(...slots.map(allLoads)), slotSeconds),
  }
}

/** The writes of the same time. */
export function recentWrites({ slots, slotSeconds }: Recent) {
  const columns = slots.map(({ write }, index) => ({
    label: `${ago(slots.length - index, slotSeconds)}: ${counted(write, 'write')}`,
    parts: [{ kind: 'write', value: write }],
  }))
  return {
    summary: `${counted(sum(slots, 'write'), 'write')}.`,
    ...perSecond(columns, Math.max(...slots.map(({ write }) => write)), slotSeconds),
  }
}

/** How long page loads took, as shares of all of them. */
export function latency(title: string, kind: string, counts: readonly number[]) {
  const all = counts.reduce((sum, count) => sum + count, 0)
  const shares = counts.map((count) => count / Math.max(all, 1))
  const top = roundTop(Math.max(...shares, 0.1))
  const columns = counts.map((count, place) => ({
    label: `${classInWords(place)}: ${counted(count, 'load')}`,
    parts: [{ kind, value: shares[place] ?? 0 }],
  }))
  const [half, most] = [0.5, 0.99].map((part) => boundInWords(boundOf(part, counts)))
  const summary = `${counted(all, 'load')}, half of them ${half}, 99% ${most}.`
  return {
    title,
    summary: all === 0 ? 'None so far.' : summary,
    plot: draw(columns, top),
    top: share(top, 1),
  }
}

/** What is counted in one place of a histogram: "up to 0.5 ms". */
export function classInWords(place: number): string {
  return boundInWords(BOUNDS_MS[place])
}

export function loadsInWords({ hit, miss, stale, bypass }: Slot): string {
  return `${counted(hit, 'hit')}, ${counted(miss, 'miss', 'misses')}, ${number(stale)} stale, ${number(bypass)} past the cache`
}

/** The height of the plot stands for a round number in a second, one at least. */
function perSecond(columns: readonly Column[], highest: number, slotSeconds: number) {
  const top = roundTop(Math.max(highest / slotSeconds, 1))
  return { plot: draw(columns, top * slotSeconds), top: `${number(top)} a second` }
}

function ago(slotsBack: number, slotSeconds: number): string {
  return slotsBack === 1 ? 'now' : `${duration(slotsBack * slotSeconds)} ago`
}

function boundInWords(boundMs: number | undefined): string {
  const longest = BOUNDS_MS.at(-1) ?? 0
  const isBound = boundMs !== undefined && boundMs <= longest
  return isBound ? `up to ${milliseconds(boundMs)}` : `more than ${milliseconds(longest)}`
}

function allLoads(slot: Slot): number {
  return RESULTS.reduce((all, result) => all + slot[result], 0)
}

export function sum(slots: readonly Slot[], name: keyof Slot): number {
  return slots.reduce((all, slot) => all + slot[name], 0)
}

import { CACHE_RESULTS } from '../metrics/Metrics.js'
import { type Column, draw, roundTop } from './drawing.js'
import { counted, duration, number, share } from './format.js'
import type { Status } from './status.js'

type Recent = Status['recent']
type Slot = Recent['slots'][number]

/** The page loads of the last 15 minutes, by cache result. */
export function recentLoads({ slots, slotSeconds }: Recent) {
  const hits = sum(slots, 'hit')
  const misses = sum(slots, 'miss')
  const stale = sum(slots, 'stale')
  const bypasses = sum(slots, 'bypass')
  const all = hits + misses + stale + bypasses
  const columns = slots.map((slot, index) => ({
    label: `${ago(slots.length - index, slotSeconds)}: ${loadsInWords(slot)}`,
    parts: CACHE_RESULTS.map((kind) => ({ kind, value: slot[kind] })),
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

/** The writes of the last 15 minutes. */
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

function loadsInWords({ hit, miss, stale, bypass }: Slot): string {
  return `${counted(hit, 'hit')}, ${counted(miss, 'miss', 'misses')}, ${number(stale)} stale, ${number(bypass)} past the cache`
}

/** The top of the plot is a round number of events a second, at least 1. */
function perSecond(columns: readonly Column[], highest: number, slotSeconds: number) {
  const top = roundTop(Math.max(highest / slotSeconds, 1))
  return { plot: draw(columns, top * slotSeconds), top: `${number(top)} a second` }
}

function ago(slotsBack: number, slotSeconds: number): string {
  return slotsBack === 1 ? 'now' : `${duration(slotsBack * slotSeconds)} ago`
}

function allLoads(slot: Slot): number {
  return CACHE_RESULTS.reduce((all, result) => all + slot[result], 0)
}

export function sum(slots: readonly Slot[], name: keyof Slot): number {
  return slots.reduce((all, slot) => all + slot[name], 0)
}

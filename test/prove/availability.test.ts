import { unavailability } from './availability.js'
import type { Entry, Load } from './history.js'
import { sortLog } from './logLines.js'
import { metricsOf } from './metrics.js'
import type { Phase } from './phase.js'

const nothingMayFail: Phase = { name: 'made up', promise: '', mayFail: 'none', trouble: async () => {} }
const writesMayFail: Phase = { ...nothingMayFail, mayFail: 'writes' }
const healedAtMs = 1000

function load(startedAtMs: number, took: Partial<Load['answer']> = {}, durationMs = 5): Load {
  const page = { version: 1, length: 0, items: [], next: null }
  const answer = { page, current: true, cacheStatus: 'hit', ...took }
  return { ...asked(startedAtMs, durationMs), kind: 'load', after: 0, answer }
}

function failed(kind: 'load' | 'remove', startedAtMs: number, status?: number): Entry {
  const failure = status === undefined ? { reason: 'ECONNRESET' } : { reason: `HTTP ${status}`, status }
  return kind === 'load'
    ? { ...asked(startedAtMs, 5), kind, after: 0, failure }
    : { ...asked(startedAtMs, 5), kind, failure }
}

function asked(startedAtMs: number, durationMs: number) {
  return { phase: 'made up', process: 'web 1', startedAtMs, endedAtMs: startedAtMs + durationMs }
}

function complaintsOf(phase: Phase, entries: Entry[], machineLateMs = 0): string[] {
  const metrics = metricsOf(entries, healedAtMs, ['web 1'], machineLateMs)
  return unavailability(phase, entries, metrics).map(({ message }) => message)
}

const hitAfterwards = load(healedAtMs + 10)

describe('what is unavailable', () => {
  it('is nothing if all is answered in time', () => {
    expect(complaintsOf(nothingMayFail, [load(0), hitAfterwards])).toEqual([])
  })

  it.each([
    ['a refused write', failed('remove', 0, 503)],
    ['a broken connection', failed('load', 0)],
    ['a page that is not current', load(0, { current: false })],
    ['a slow page', load(0, {}, 2500)],
  ])('is %s if nothing may fail', (_, entry) => {
    expect(complaintsOf(nothingMayFail, [entry, hitAfterwards])).toHaveLength(1)
  })

  it.each([
    ['a refused write', failed('remove', 0, 503)],
    ['a page that is not current', load(0, { current: false })],
  ])('is not %s while Postgres is away', (_, entry) => {
    expect(complaintsOf(writesMayFail, [entry, hitAfterwards])).toEqual([])
  })

  it('is a page without an answer, even while Postgres is away', () => {
    expect(complaintsOf(writesMayFail, [failed('load', 0, 503), hitAfterwards])).toHaveLength(1)
  })

  it('is an answer of 500, whatever else is wrong', () => {
    const anything: Phase = { ...nothingMayFail, mayFail: 'any' }
    expect(complaintsOf(anything, [failed('remove', 0, 500), hitAfterwards], 5000)).toHaveLength(1)
  })

  it('is a process that bypasses its cache for long after the fault’s end', () => {
    const bypass = load(healedAtMs + 3500, { cacheStatus: 'fwd=bypass; detail=cache-unavailable' })
    expect(complaintsOf(nothingMayFail, [hitAfterwards, bypass])).toHaveLength(1)
  })

  it('is a process that never has a hit again, even on a machine that is late', () => {
    expect(complaintsOf(nothingMayFail, [load(0)], 5000)).toEqual(['a process never had a hit again'])
  })

  it('is not judged by the clock if the machine itself was late', () => {
    expect(complaintsOf(nothingMayFail, [load(0, {}, 2500), hitAfterwards], 150)).toEqual([])
  })
})

describe('the log of the app', () => {
  it('has errors, among them lines that are no log lines, and warnings, which are counted', () => {
    const warning = '{"level":40,"msg":"memcache is lost","reason":"gone"}'
    const error = '{"level":50,"msg":"stale page"}'
    expect(sortLog([warning, error, warning, 'TypeError: no'])).toEqual({
      errors: [error, 'TypeError: no'],
      warnings: ['2 times: memcache is lost: gone'],
    })
  })
})

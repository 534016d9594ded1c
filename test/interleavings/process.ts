import { beginLoad, type Rule, type Settled } from './cache.js'
import { noArrival, type Process, type Reader, type State, type Writer } from './state.js'

/** The source has answered this version to a question sent at this moment: `WatchedSource.observe`. */
export function learn(process: Process, version: number, sentAt: number): void {
  process.floor = Math.max(process.floor, version)
  process.lease = Math.max(process.lease, sentAt)
}

export function arrive(state: State, process: Process, reader: Reader): void {
  const others = state.neverBack === 'anywhere' ? state.processes.map((other) => other.shown) : []
  reader.arrival = {
    answered: state.answered,
    shown: Math.max(process.shown, ...others),
    loadUnderWay: process.load !== null,
  }
}

/** Shows a version to a reader, who may find a promise broken. */
export function show(state: State, process: Process, reader: Reader, version: number): void {
  const { answered, shown } = reader.arrival
  if (version < answered)
    state.broken = `stale: ${reader.name} is shown ${version} after ${answered} was answered`
  else if (version < shown) state.broken = `back: ${reader.name} is shown ${version} after ${shown} was shown`
  process.floor = Math.max(process.floor, version)
  process.shown = Math.max(process.shown, version)
  reader.readsLeft--
  reader.stage = reader.readsLeft > 0 ? 'arrive' : 'done'
  reader.arrival = noArrival
}

/** `SharedRun.since`: one load serves many, but nobody who came when it was already under way. */
export function needLoad(
  process: Process,
  cameLater: boolean,
  without: Rule | undefined,
): 'share a load' | 'wait for a load' {
  if (process.load && cameLater && without !== 'no joining of older loads') return 'wait for a load'
  process.load ??= beginLoad(without)
  return 'share a load'
}

/** Those who share the load have what they need; of those who wait for its end, readers look at the cache again. */
export function endLoad(state: State, process: Process, settled: Settled, without: Rule | undefined): void {
  const version = process.load?.version ?? 0
  process.load = null
  for (const reader of process.readers) {
    reader.arrival = { ...reader.arrival, loadUnderWay: false }
    if (reader.stage === 'wait for a load') reader.stage = 'get'
    else if (reader.stage === 'share a load') show(state, process, reader, version)
  }
  for (const writer of process.writers) {
    if (writer.stage === 'share a load') endPublish(state, process, writer, settled)
    else if (writer.stage === 'wait for a load') writer.stage = needLoad(process, false, without)
  }
}

/**
 * A write that is known to be in the cache is answered at once: should the answer take longer, it only promises less.
 */
export function endPublish(state: State, process: Process, writer: Writer, settled: Settled): void {
  writer.offer = null
  learn(process, writer.version, writer.version - 1) // the commit was sent before it was made
  writer.stage = settled === 'stored' ? 'done' : 'wait a lease'
  if (settled === 'stored') state.answered = Math.max(state.answered, writer.version)
}

import { beginLoad, type Place, type Result, type Rule } from './cache.js'
import { at, type Known, noArrival, type Process, type Reader, type State, type Writer } from './state.js'

/** The source has answered this version to a query that was sent at this moment: `KeyState.observe`. */
export function learn(known: Known, version: number, sentAt: number): void {
  known.minVersion = Math.max(known.minVersion, version)
  known.lease = Math.max(known.lease, sentAt)
}

export function arrive({ state, value, known }: Place, reader: Reader): void {
  const others =
    state.neverBack === 'anywhere' ? state.processes.map(({ keys }) => at(keys, reader.key).shown) : []
  reader.arrival = {
    answered: value.answered,
    shown: Math.max(known.shown, ...others),
    loadUnderWay: known.load !== null,
  }
}

/** Shows a version to a reader, and checks the promises. */
export function show(state: State, known: Known, reader: Reader, version: number): void {
  const { answered, shown } = reader.arrival
  if (version < answered)
    state.broken = `stale: ${reader.name} is shown ${version} after ${answered} was answered`
  else if (version < shown) state.broken = `back: ${reader.name} is shown ${version} after ${shown} was shown`
  known.minVersion = Math.max(known.minVersion, version)
  known.shown = Math.max(known.shown, version)
  reader.readsLeft--
  reader.stage = reader.readsLeft > 0 ? 'arrive' : 'done'
  reader.arrival = noArrival
}

/** `SingleFlight.startedAfter`: one load serves many, but no reader who came when it was already under way. */
export function needLoad(
  known: Known,
  cameLater: boolean,
  without: Rule | undefined,
): 'share a load' | 'wait for a load' {
  if (known.load && cameLater && without !== 'no joining of older loads') return 'wait for a load'
  known.load ??= beginLoad(without)
  return 'share a load'
}

/** A load has ended. Those who share it use its result. Readers who only waited for its end ask the cache again. */
export function endLoad(
  place: Place,
  process: Process,
  key: number,
  result: Result,
  without: Rule | undefined,
): void {
  const { state, known } = place
  const version = known.load?.version ?? 0
  known.load = null
  for (const reader of process.readers.filter((each) => each.key === key)) {
    reader.arrival = { ...reader.arrival, loadUnderWay: false }
    if (reader.stage === 'wait for a load') reader.stage = 'get'
    else if (reader.stage === 'share a load') show(state, known, reader, version)
  }
  for (const writer of process.writers.filter((each) => each.key === key)) {
    if (writer.stage === 'share a load') endPublish(place, writer, result)
    else if (writer.stage === 'wait for a load') writer.stage = needLoad(known, false, without)
  }
}

/**
 * A write that is confirmed is answered at once. A later answer would only promise less.
 */
export function endPublish({ value, known }: Place, writer: Writer, result: Result): void {
  writer.publish = null
  learn(known, writer.version, writer.version - 1) // the commit was sent before it was made
  writer.stage = result === 'stored' ? 'done' : 'wait a lease'
  if (result === 'stored') value.answered = Math.max(value.answered, writer.version)
}

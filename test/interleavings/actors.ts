import type { Actors, Scenario } from './state.js'

// Who acts in the searches, on key 0.

export const writer: Actors = { writers: [0], readers: [] }
const reader: Actors = { writers: [], readers: [{ key: 0, reads: 1 }] }
export const twoReaders: Actors = {
  writers: [],
  readers: [
    { key: 0, reads: 1 },
    { key: 0, reads: 1 },
  ],
}

/** Two writers and two readers, each on a process of its own. */
export const apart: Scenario = { processes: [writer, writer, reader, reader] }
/** The same with both readers on one process. */
export const readersTogether: Scenario = { processes: [writer, writer, twoReaders] }

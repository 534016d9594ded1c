import type { Fault } from './Fault.js'

// Nothing breaks.

export const calm: Fault = {
  id: 'calm',
  name: 'no fault, one writer',
  does: 'Nothing breaks. One visitor at a time writes, on one process: the best case for every way.',
  lastsMs: 8_000,
  writers: 'one',
  play: (_way, _visitors, time) => time.end(),
}

export const twoWriters: Fault = {
  id: 'two-writers',
  name: 'two writers at once',
  does: 'Two visitors write at the same moment, one on each process. Nothing breaks. It lasts 8 seconds.',
  lastsMs: 8_000,
  writers: 'two at once',
  play: (_way, _visitors, time) => time.end(),
}

export const slowQuery: Fault = {
  id: 'slow-query',
  name: 'slow query',
  does: 'The query for the page takes 2 seconds, as in the article. The cache is empty at first. It lasts 15 seconds.',
  lastsMs: 15_000,
  writers: 'one',
  slowQueryMs: 2_000,
  play: async (way, _visitors, time) => {
    await way.flush()
    await time.end()
  },
}

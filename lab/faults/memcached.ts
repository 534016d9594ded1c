import type { Fault } from './Fault.js'

// Memcached, or the connection to it, breaks.

const STOPPED_MS = 3_000
const DOWN_MS = 400
const KILLED_EVERY_MS = 1_600
const FLUSHED_EVERY_MS = 60

export const flush: Fault = {
  id: 'flush',
  name: 'flush',
  does: 'Memcached is emptied (flush_all) sixteen times a second, while two visitors write. It lasts 8 seconds.',
  lastsMs: 8_000,
  writers: 'two at once',
  play: (way, _visitors, time) => time.repeat(FLUSHED_EVERY_MS, () => way.flush()),
}

export const killMemcached: Fault = {
  id: 'kill-memcached',
  name: 'kill memcached',
  does: 'Memcached is killed (kill -9) and started again, empty, every two seconds. It lasts 8 seconds.',
  lastsMs: 8_000,
  writers: 'one',
  play: (way, _visitors, time) =>
    time.repeat(KILLED_EVERY_MS, async () => {
      await way.memcached.kill()
      await time.pause(DOWN_MS)
      await way.memcached.start()
    }),
}

export const stopMemcached: Fault = {
  id: 'stop-memcached',
  name: 'stop memcached for 3 s',
  does: 'Memcached is stopped (SIGSTOP) for 3 seconds, and then continues with its old contents. It lasts 8 seconds.',
  lastsMs: 8_000,
  writers: 'one',
  play: async (way, _visitors, time) => {
    await time.pause(500)
    way.memcached.pause()
    await time.pause(STOPPED_MS)
    way.memcached.resume()
    await time.end()
  },
}

export const cutOff: Fault = {
  id: 'cut-off',
  name: 'cut process A off',
  does: 'Process A can’t reach memcached, but process B can. Visitors write on A. It lasts 8 seconds.',
  lastsMs: 8_000,
  writers: 'one',
  play: async (way, _visitors, time) => {
    await time.pause(500)
    await way.a.memcached.setFault({ kind: 'refuse' })
    await time.pause(time.leftMs - 1_000)
    await way.a.memcached.heal()
    await time.end()
  },
}

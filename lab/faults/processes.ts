import { setTimeout as pause } from 'node:timers/promises'
import type { Visitors } from '../visitors/Visitors.js'
import type { Fault } from './Fault.js'

// A web process breaks in the middle of a write.

const FROZEN_MS = 1_200
const FROZEN_EVERY_MS = 400
const KILLED_EVERY_MS = 1_500
/** A write takes a few milliseconds. A random moment among them hits each of its steps. */
const MAX_HEAD_START_MS = 6

export const killProcess: Fault = {
  id: 'kill-process',
  name: 'kill a process',
  does: 'Process B is killed (kill -9) in the middle of a write and started again, every few seconds. It lasts 10 seconds.',
  lastsMs: 10_000,
  writers: 'one',
  play: (way, visitors, time) =>
    time.repeat(KILLED_EVERY_MS, async () => {
      const { write } = await inTheMiddleOfAWrite(visitors, way.b, () => way.b.kill())
      await way.restart(way.b)
      await write
    }),
}

export const freezeProcess: Fault = {
  id: 'freeze-process',
  name: 'freeze a process',
  does: 'Process B is stopped (SIGSTOP) for 1.2 seconds in the middle of a write, again and again. It lasts 10 seconds.',
  lastsMs: 10_000,
  writers: 'one',
  play: (way, visitors, time) =>
    time.repeat(FROZEN_EVERY_MS, async () => {
      const { write } = await inTheMiddleOfAWrite(visitors, way.b, () => way.b.freeze())
      await pause(FROZEN_MS)
      way.b.thaw()
      await write
    }),
}

/** @returns the write, which may go on */
async function inTheMiddleOfAWrite(
  visitors: Visitors,
  target: { readonly name: string; readonly url: string },
  act: () => void,
): Promise<{ readonly write: Promise<unknown> }> {
  const write = visitors.write(target)
  await pause(Math.random() * MAX_HEAD_START_MS)
  act()
  return { write }
}

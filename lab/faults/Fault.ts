import type { RunningWay } from '../servers/RunningWay.js'
import type { Visitors } from '../visitors/Visitors.js'
import type { Timebox } from './Timebox.js'

/** Something that happens to every way at once, for some time. */
export interface Fault {
  readonly id: string
  readonly name: string
  /** What it does, in a sentence for the page. */
  readonly does: string
  /** How long it lasts when somebody presses its switch. */
  readonly lastsMs: number
  readonly writers: 'one' | 'two at once'
  /** The query for the page takes that long. */
  readonly slowQueryMs?: number
  /** Breaks something of one way, and has mended it when it returns. */
  readonly play: (way: RunningWay, visitors: Visitors, time: Timebox) => Promise<void>
}

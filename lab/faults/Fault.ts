import type { RunningWay } from '../servers/RunningWay.js'
import type { Visitors } from '../visitors/Visitors.js'
import type { Timebox } from './Timebox.js'

/** Something that happens to every way at once, for some time. */
export interface Fault {
  readonly id: string
  readonly name: string
  /** What happens, in words for the page. */
  readonly does: string
  /** How long it lasts when somebody presses its switch. */
  readonly lastsMs: number
  readonly writers: 'one' | 'two at once'
  /** How long the query for the page takes. */
  readonly slowQueryMs?: number
  /** Breaks something of one way, and repairs it before it resolves. */
  readonly play: (way: RunningWay, visitors: Visitors, time: Timebox) => Promise<void>
}

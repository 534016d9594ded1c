import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10
const NANOSECONDS_IN_MS = 1e6

/**
 * How late timers of this program fire, which shows how busy the machine is. The proxies run in this program. So a delay
 * here delays every answer that the app waits for, and the app's own processes are delayed as much.
 */
export class Pulse {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })

  constructor() {
    this.#delay.enable()
  }

  /** The worst since this was last asked. */
  takeWorstMs(): number {
    const worstMs = Math.max(0, this.#delay.max / NANOSECONDS_IN_MS - RESOLUTION_MS)
    this.#delay.reset()
    return worstMs
  }

  stop(): void {
    this.#delay.disable()
  }
}

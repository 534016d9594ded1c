import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from '../http/Turns.js'
import type { PageLoad } from '../queue/Queue.js'

interface PendingLoad {
  readonly flight: SingleFlight<PageLoad>
  /** How many requests wait for it. */
  waiting: number
}

/**
 * Loads the pages after the first one, which are not cached. Requests for the same page at the same time share a load.
 * A request never joins a load that began before it, because that load may miss a write that was answered since.
 */
export class LaterPages {
  readonly #load: (id: number) => Promise<PageLoad>
  readonly #pending = new Map<number, PendingLoad>()
  readonly #turns = new Turns()

  constructor(load: (id: number) => Promise<PageLoad>) {
    this.#load = load
  }

  async load(id: number): Promise<PageLoad> {
    const pending = this.#pending.get(id) ?? { flight: new SingleFlight(() => this.#load(id)), waiting: 0 }
    this.#pending.set(id, pending)
    pending.waiting++
    try {
      const page = await pending.flight.startedAfter(performance.now())
      await this.#turns.next()
      return page
    } finally {
      pending.waiting--
      if (pending.waiting === 0) this.#pending.delete(id)
    }
  }
}

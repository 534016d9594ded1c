import { SingleFlight } from '../cache/SingleFlight.js'
import { Turns } from '../http/Turns.js'
import type { PageLoad } from '../queue/Queue.js'

interface Asked {
  readonly run: SingleFlight<PageLoad>
  /** How many wait for it. */
  waiting: number
}

/**
 * Loads the pages behind the first one, which are not cached: once for all who ask for the same page at the same time.
 * Nobody joins a load that began before they asked, for it may not have seen a write that has been answered since.
 */
export class LaterPages {
  readonly #load: (id: number) => Promise<PageLoad>
  readonly #asked = new Map<number, Asked>()
  readonly #turns = new Turns()

  constructor(load: (id: number) => Promise<PageLoad>) {
    this.#load = load
  }

  async load(id: number): Promise<PageLoad> {
    const asked = this.#asked.get(id) ?? { run: new SingleFlight(() => this.#load(id)), waiting: 0 }
    this.#asked.set(id, asked)
    asked.waiting++
    try {
      const page = await asked.run.startedAfter(performance.now())
      await this.#turns.next()
      return page
    } finally {
      asked.waiting--
      if (asked.waiting === 0 && this.#asked.get(id) === asked) this.#asked.delete(id)
    }
  }
}

import type { StalePage } from '../check/StaleChecker.js'
import type { Incident } from '../incident/Incident.js'
import { explain } from '../incident/story.js'
import type { RunningWay } from '../servers/RunningWay.js'

const LISTED = 3
/** Those that are no longer listed can still be opened for a while. */
const KEPT = 50
/** A stale page is often followed by others with the same cause. */
const PAUSE_MS = 1_500

/** The stale pages of one way that can be opened: of those that come close together, only the first. */
export class Incidents {
  #incidents: Incident[] = []
  #toldAtMs = 0
  readonly #running: RunningWay
  readonly #nextId: () => number

  constructor(running: RunningWay, nextId: () => number) {
    this.#running = running
    this.#nextId = nextId
  }

  /** The last ones, the newest first. */
  get latest(): readonly Incident[] {
    return this.#incidents.slice(0, LISTED)
  }

  find(id: number): Incident | undefined {
    return this.#incidents.find((incident) => incident.id === id)
  }

  add([first]: readonly StalePage[]): void {
    if (!first || first.load.endedAtMs - this.#toldAtMs < PAUSE_MS) return
    this.#toldAtMs = first.load.endedAtMs
    const { way, recorder } = this.#running
    this.#incidents = [explain(this.#nextId(), way, first, recorder), ...this.#incidents].slice(0, KEPT)
  }
}

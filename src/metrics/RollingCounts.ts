/** What was counted in one time slot. */
export type Slot<Name extends string> = Readonly<Record<Name, number>>

interface RollingOptions<Name extends string> {
  readonly names: readonly Name[]
  readonly slots: number
  readonly slotMs: number
  /** A monotonic clock in milliseconds. */
  readonly now?: () => number
}

/** Counts of the recent past, in a ring of time slots. Prometheus keeps such a history; `/status` has only this. */
export class RollingCounts<Name extends string> {
  readonly slotMs: number
  readonly #names: readonly Name[]
  readonly #now: () => number
  /** The number of the period that each slot was last used for. */
  readonly #usedFor: number[]
  readonly #ring: Record<Name, number>[]

  constructor({ names, slots, slotMs, now = () => performance.now() }: RollingOptions<Name>) {
    this.slotMs = slotMs
    this.#names = names
    this.#now = now
    this.#usedFor = Array(slots).fill(-1)
    this.#ring = Array.from({ length: slots }, () => this.#zeros())
  }

  count(name: Name): void {
    const period = this.#period()
    const index = period % this.#ring.length
    if (this.#usedFor[index] !== period) {
      this.#usedFor[index] = period
      this.#ring[index] = this.#zeros()
    }
    const slot = this.#ring[index]
    if (slot) slot[name]++
  }

  /** Copies of the slots, oldest first. The last one is still being counted. */
  slots(): Slot<Name>[] {
    const latest = this.#period()
    return this.#ring.map((_, offset) => {
      const period = latest - (this.#ring.length - 1) + offset
      const index = period % this.#ring.length
      const slot = this.#ring[index]
      return slot && this.#usedFor[index] === period ? { ...slot } : this.#zeros()
    })
  }

  #period(): number {
    return Math.floor(this.#now() / this.slotMs)
  }

  #zeros(): Record<Name, number> {
    return Object.fromEntries(this.#names.map((name) => [name, 0])) as Record<Name, number>
  }
}

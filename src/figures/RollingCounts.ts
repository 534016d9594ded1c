/** What was counted in one stretch of time. */
export type Slot<Name extends string> = Readonly<Record<Name, number>>

interface RollingOptions<Name extends string> {
  readonly names: readonly Name[]
  readonly slots: number
  readonly slotMs: number
  /** A clock that only goes up. */
  readonly now?: () => number
}

/** Counts of the recent past, in a ring of slots: as much memory after a year as after a minute. */
export class RollingCounts<Name extends string> {
  readonly slotMs: number
  readonly #names: readonly Name[]
  readonly #now: () => number
  /** The number of the stretch of time that each slot was last used for. */
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
    const stretch = this.#stretch()
    const place = stretch % this.#ring.length
    if (this.#usedFor[place] !== stretch) {
      this.#usedFor[place] = stretch
      this.#ring[place] = this.#zeros()
    }
    const slot = this.#ring[place]
    if (slot) slot[name]++
  }

  /** Oldest first. The last is the one that still goes on. */
  slots(): Slot<Name>[] {
    const latest = this.#stretch()
    return this.#ring.map((_, index) => {
      const stretch = latest - (this.#ring.length - 1) + index
      const place = stretch % this.#ring.length
      const slot = this.#ring[place]
      return slot && this.#usedFor[place] === stretch ? { ...slot } : this.#zeros()
    })
  }

  #stretch(): number {
    return Math.floor(this.#now() / this.slotMs)
  }

  #zeros(): Record<Name, number> {
    return Object.fromEntries(this.#names.map((name) => [name, 0])) as Record<Name, number>
  }
}

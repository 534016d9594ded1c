/** What was counted in one time slot. */
type Slot<Name extends string> = Readonly<Record<Name, number>>

/** Counts of the recent past, in time slots. `/status` shows them; Prometheus keeps its own history. */
export class RollingCounts<Name extends string> {
  readonly slotMs: number
  readonly #size: number
  readonly #zeros: Slot<Name>
  /** By the number of its period; missing if nothing was counted. */
  readonly #slots = new Map<number, Record<Name, number>>()

  /** @param size how many slots are kept */
  constructor(names: readonly Name[], size: number, slotMs: number) {
    this.slotMs = slotMs
    this.#size = size
    this.#zeros = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
  }

  count(name: Name): void {
    const period = this.#period()
    const slot = this.#slots.get(period) ?? this.#begin(period)
    slot[name]++
  }

  /** Copies of the slots, oldest first. The last one is still being counted. */
  slots(): Slot<Name>[] {
    const first = this.#period() - this.#size + 1
    return Array.from({ length: this.#size }, (_, index) => ({
      ...(this.#slots.get(first + index) ?? this.#zeros),
    }))
  }

  #begin(period: number): Record<Name, number> {
    for (const old of this.#slots.keys()) if (old <= period - this.#size) this.#slots.delete(old)
    const slot = { ...this.#zeros }
    this.#slots.set(period, slot)
    return slot
  }

  #period(): number {
    return Math.floor(performance.now() / this.slotMs)
  }
}

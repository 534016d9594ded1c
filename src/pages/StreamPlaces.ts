export interface StreamLimits {
  readonly inAll: number
  /** Of one client address, so that nobody takes all streams. A whole school may share one address. */
  readonly perAddress: number
}

/** A stream takes up to 40 kB (measured with 1,000 streams), so 4,000 take 160 MB. */
const LIMITS: StreamLimits = { inAll: 4_000, perAddress: 1_000 }

/** How many event streams are open or being opened, in all and for each client address. */
export class StreamPlaces {
  readonly #limits: StreamLimits
  readonly #perAddress = new Map<string, number>()
  #taken = 0

  constructor(limits = LIMITS) {
    this.#limits = limits
  }

  /** Takes a place, which must be given back. @returns false if there is none */
  take(address: string): boolean {
    const { inAll, perAddress } = this.#limits
    const ofThisAddress = this.#perAddress.get(address) ?? 0
    if (this.#taken >= inAll || ofThisAddress >= perAddress) return false
    this.#taken++
    this.#perAddress.set(address, ofThisAddress + 1)
    return true
  }

  giveBack(address: string): void {
    this.#taken--
    const left = (this.#perAddress.get(address) ?? 0) - 1
    if (left > 0) this.#perAddress.set(address, left)
    else this.#perAddress.delete(address)
  }
}

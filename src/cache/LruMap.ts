/** A map that keeps the entries used last, at most `maxSize` of them. */
export class LruMap<V> extends Map<string, V> {
  readonly #maxSize: number

  constructor(maxSize: number) {
    super()
    this.#maxSize = maxSize
  }

  override get(key: string): V | undefined {
    const value = super.get(key)
    if (value !== undefined) this.#putLast(key, value)
    return value
  }

  override set(key: string, value: V): this {
    this.#putLast(key, value)
    const [oldest] = this.keys()
    if (this.size > this.#maxSize && oldest !== undefined) this.delete(oldest)
    return this
  }

  /** A map is in the order in which its entries were put there. */
  #putLast(key: string, value: V): void {
    this.delete(key)
    super.set(key, value)
  }
}

/** A map that keeps the entries used last, at most `maxSize` of them. */
export class LruMap<V> extends Map<string, V> {
  readonly #maxSize: number
  /** The key used last. */
  #lastKey: string | undefined

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

  /**
   * A map is in the order in which its entries were put there. One that is last already
   * is not moved: moving leaves a hole, a table full of holes is replaced, and each old table points to the next. Once one
   * of them reaches V8's old generation, all later ones stay until the next full collection: 3 kB a page load.
   */
  #putLast(key: string, value: V): void {
    if (key !== this.#lastKey) this.delete(key)
    super.set(key, value)
    this.#lastKey = key
  }
}

/** A map that keeps the `maxSize` entries that were used last. */
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
   * A map keeps the order of insertion, so an entry moves to the end if it is deleted and set again. An entry that is
   * last already is not moved. Moving leaves a hole. V8 replaces a table full of holes, and each old table points to
   * the next one. Once an old table reaches V8's old generation, all later ones stay until the next full collection: 3
   * kB a page load.
   */
  #putLast(key: string, value: V): void {
    if (key !== this.#lastKey) this.delete(key)
    super.set(key, value)
    this.#lastKey = key
  }
}

export class ConnectionLost extends Error {}

export interface Product {
  readonly version: number
  readonly origin: string
  readonly name: string
  readonly cents: number
}

/** The database that the README's example caches: here a map, so that the example needs no server of its own. */
export class Shop {
  readonly id = 'shop/1'
  isAway = false
  readonly #products = new Map<string, Product>()

  async product(id: string): Promise<Product> {
    if (this.isAway) throw new ConnectionLost()
    return this.#products.get(id) ?? { version: 1, origin: this.id, name: `product ${id}`, cents: 1000 }
  }

  async versions(ids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return new Map(await Promise.all(ids.map(async (id) => [id, (await this.product(id)).version] as const)))
  }

  async setPrice(id: string, cents: number): Promise<Product> {
    const before = await this.product(id)
    const product = { ...before, version: before.version + 1, cents }
    this.#products.set(id, product)
    return product
  }
}

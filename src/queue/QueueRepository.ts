import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Database, Row } from '../db/Database.js'
import type { Change, Item, PageLoad, Queue, Snapshot } from './Queue.js'

/** A write, with the first page that it made. */
export interface Written {
  readonly change: Change
  readonly front: Snapshot
}

interface QueueRepositoryOptions {
  readonly database: Database
  /** Items on one page. */
  readonly pageSize: number
  /** Makes reading a page this much slower, to show what a cache is worth. */
  readonly slowQueryMs: number
}

// The functions stand in migrations/001_create_queue.sql.
const PAGE = 'select version, length, items from queue_page($1, $2)'
const VERSION = 'select version from queue'
const ADD = 'select item_id, item_text, version, length, items from add_item($1, $2)'
const REMOVE = 'select item_id, item_text, version, length, items from remove_item($1)'

/** Postgres's bigint arrives as a string, a number or a bigint, depending on its driver and size. */
const bigint = z.coerce.number().int().nonnegative()
const versionRow = z.object({ version: bigint })
const pageRow = z.object({
  version: bigint,
  length: bigint,
  items: z.array(z.object({ id: z.number().int().positive(), text: z.string() })),
})
const changeRow = pageRow.extend({ item_id: bigint.positive().nullable(), item_text: z.string().nullable() })

/** The queue in Postgres, the only truth. Each call is one round trip and touches one page at most. */
export class QueueRepository implements Queue {
  readonly #database: Database
  readonly #pageSize: number
  readonly #slowQueryMs: number

  constructor({ database, pageSize, slowQueryMs }: QueueRepositoryOptions) {
    this.#database = database
    this.#pageSize = pageSize
    this.#slowQueryMs = slowQueryMs
  }

  async front(): Promise<PageLoad> {
    return { snapshot: await this.page(0), current: true }
  }

  async after(id: number): Promise<PageLoad> {
    return { snapshot: await this.page(id), current: true }
  }

  async add(text: string): Promise<Change & { readonly item: Item }> {
    const { change } = await this.addItem(text)
    return change
  }

  async remove(): Promise<Change> {
    const { change } = await this.removeItem()
    return change
  }

  /** The page behind an id; behind 0 is the front. */
  async page(afterId: number): Promise<Snapshot> {
    // One more than is shown tells whether there is a next page.
    const [row] = await this.#database.read(PAGE, [afterId, this.#pageSize + 1])
    // After the rows were read: whoever is slow here holds an old page for that long, as with a slow query.
    if (this.#slowQueryMs > 0) await delay(this.#slowQueryMs)
    return this.#snapshot(row)
  }

  async version(): Promise<number> {
    const [row] = await this.#database.read(VERSION)
    return versionRow.parse(row).version
  }

  async addItem(text: string): Promise<Written & { readonly change: { readonly item: Item } }> {
    const { change, front } = this.#written(await this.#database.write(ADD, [text, this.#pageSize + 1]))
    if (!change.item) throw new Error('add_item answered without an item')
    return { change: { ...change, item: change.item }, front }
  }

  async removeItem(): Promise<Written> {
    return this.#written(await this.#database.write(REMOVE, [this.#pageSize + 1]))
  }

  #written([row]: Row[]): Written {
    const { item_id: id, item_text: text, version, length } = changeRow.parse(row)
    const item = id !== null && text !== null ? { id, text } : null
    return { change: { item, version, length }, front: this.#snapshot(row) }
  }

  #snapshot(row: Row | undefined): Snapshot {
    const { version, length, items } = pageRow.parse(row)
    const shown = items.slice(0, this.#pageSize)
    const next = items.length > shown.length ? (shown.at(-1)?.id ?? null) : null
    return { version, length, items: shown, next }
  }
}

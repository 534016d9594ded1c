import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { type Database, type Row, WRITE_DEADLINE_MS } from '../db/Database.js'
import { GroupedWrites } from './GroupedWrites.js'
import type { Change, Item, PageLoad, Queue, Snapshot } from './Queue.js'

/** A write, with the first page that it made, together with those that were written with it. */
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

// The functions stand in migrations/.
const PAGE = 'select version, length, items from queue_page($1, $2)'
const VERSION = 'select version from queue'
const WRITE = 'select item_id, item_text, version, length, items from write_together($1, $2)'

/** Postgres's bigint arrives as a string, a number or a bigint, depending on its driver and size. */
const bigint = z.coerce.number().int().nonnegative()
const versionRow = z.object({ version: bigint })
const pageRow = z.object({
  version: bigint,
  length: bigint,
  items: z.array(z.object({ id: z.number().int().positive(), text: z.string() })),
})
const changeRow = z.object({
  version: bigint,
  length: bigint,
  item_id: bigint.positive().nullable(),
  item_text: z.string().nullable(),
})

/** The queue in Postgres, the only truth. Each call is one round trip at most, and touches one page. */
export class QueueRepository implements Queue {
  readonly #database: Database
  readonly #pageSize: number
  readonly #slowQueryMs: number
  /** A text is added; null takes the oldest item off. */
  readonly #writes = new GroupedWrites<string | null, Written>({
    send: (texts) => this.#write(texts),
    deadlineMs: WRITE_DEADLINE_MS,
  })

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
    const { change, front } = await this.#writes.write(text)
    if (!change.item) throw new Error('an add was answered without an item')
    return { change: { ...change, item: change.item }, front }
  }

  async removeItem(): Promise<Written> {
    return await this.#writes.write(null)
  }

  async #write(texts: readonly (string | null)[]): Promise<Written[]> {
    const rows = await this.#database.write(WRITE, [texts, this.#pageSize + 1])
    const front = this.#snapshot(rows.at(-1))
    return rows.slice(0, -1).map((row) => ({ change: toChange(row), front }))
  }

  #snapshot(row: Row | undefined): Snapshot {
    const { version, length, items } = pageRow.parse(row)
    const shown = items.slice(0, this.#pageSize)
    const next = items.length > shown.length ? (shown.at(-1)?.id ?? null) : null
    return { version, length, items: shown, next }
  }
}

function toChange(row: Row): Change {
  const { item_id: id, item_text: text, version, length } = changeRow.parse(row)
  return { item: id !== null && text !== null ? { id, text } : null, version, length }
}

import { setTimeout as delay } from 'node:timers/promises'
import { type Database, WRITE_DEADLINE_MS } from '../db/Database.js'
import { asWriteError, DatabaseUnavailable, wasNotCounted } from '../db/errors.js'
import { type FrontPage, pageAfterWrite, UNKNOWN_PAGE } from './FrontPage.js'
import {
  askedText,
  type Change,
  IdempotencyKeyReused,
  type PageLoad,
  type Queue,
  type Snapshot,
  type Write,
} from './Queue.js'
import { readLastPage, readPage, readPreceding, readVersion, readWrites } from './rows.js'
import { asSnapshot, withPlace } from './snapshot.js'
import { WriteBatcher } from './WriteBatcher.js'

/** A write as it is sent to Postgres. Two with the same key are one. */
type KeyedWrite = Write & { readonly key: string | undefined }

interface QueueRepositoryOptions {
  readonly database: Database
  /** Items on one page. */
  readonly pageSize: number
  /** Makes reading a page this much slower, to show what a cache is worth. */
  readonly slowQueryMs: number
}

/** Without it Pgpool-II sends a query that only reads to a standby, which refuses it. */
const TO_PRIMARY = '/*NO LOAD BALANCE*/'
// The functions stand in migrations/.
const PAGE = `${TO_PRIMARY} select version, length, items, origin from read_page($1, $2)`
const LATER_PAGE = `${TO_PRIMARY}
  select version, length, items, origin, count_before($1, $3) as preceding
  from read_page($1, $2)`
const LAST_PAGE_AFTER = `${TO_PRIMARY} select last_page_after($1) as id`
const VERSION = 'select version, origin from check_version()'
const WRITE = 'select write_batch($1, $2, $3, $4, $5) as answer'

/** How many items are counted to find a later page's place in line. */
const MAX_COUNTED = 10_000

/** The queue in Postgres, the only truth. Each call is one round trip at most, and touches one page. */
export class QueueRepository implements Queue {
  readonly #database: Database
  readonly #pageSize: number
  /** One more than is shown tells whether there is a next page. */
  readonly #maxItems: number
  readonly #slowQueryMs: number
  /** The first page after the last write from here: the next write needs only what is new. */
  #lastMade: FrontPage = UNKNOWN_PAGE
  readonly #writes = new WriteBatcher<KeyedWrite, Change | IdempotencyKeyReused>({
    send: (writes, deadlineMs) => this.#writeCounted(writes, deadlineMs),
    deadlineMs: WRITE_DEADLINE_MS,
  })

  constructor({ database, pageSize, slowQueryMs }: QueueRepositoryOptions) {
    this.#database = database
    this.#pageSize = pageSize
    this.#maxItems = pageSize + 1
    this.#slowQueryMs = slowQueryMs
  }

  async front(): Promise<PageLoad> {
    return { snapshot: await this.page(0), current: true }
  }

  async after(id: number): Promise<PageLoad> {
    return { snapshot: await this.page(id), current: true }
  }

  async lastPageAfter(): Promise<number | null> {
    const [row] = await this.#database.read(LAST_PAGE_AFTER, [this.#pageSize], 'bulk')
    return readLastPage(row)
  }

  async write(write: Write, key?: string): Promise<Change> {
    const change = await this.#writes.write({ ...write, key }).catch((error: unknown) => {
      throw asWriteError(error)
    })
    if (change instanceof IdempotencyKeyReused) throw change
    return change
  }

  /** The page behind an id; behind 0 is the front. */
  async page(afterId: number): Promise<Snapshot> {
    const [row] = await (afterId === 0
      ? this.#database.read(PAGE, [0, this.#maxItems], 'page')
      : this.#database.read(LATER_PAGE, [afterId, this.#maxItems, MAX_COUNTED], 'bulk'))
    // After the rows were read, so that the caller holds an old page for that long, as with a slow query.
    if (this.#slowQueryMs > 0) await delay(this.#slowQueryMs)
    const page = asSnapshot(readPage(row), this.#pageSize)
    return afterId === 0 ? page : withPlace(page, readPreceding(row))
  }

  async version(): Promise<Pick<Snapshot, 'version' | 'origin'>> {
    const [row] = await this.#database.read(VERSION, [], 'check')
    return readVersion(row)
  }

  /** If a trigger of ours was off, the version check switches it on, and the writes are sent again. */
  async #writeCounted(writes: readonly KeyedWrite[], deadlineMs: number) {
    const sentAtMs = performance.now()
    try {
      return await this.#write(writes, deadlineMs)
    } catch (error) {
      if (!wasNotCounted(error)) throw error
      await this.version()
      return await this.#write(writes, deadlineMs - (performance.now() - sentAtMs))
    }
  }

  async #write(writes: readonly KeyedWrite[], deadlineMs: number) {
    const known = this.#lastMade
    const [row] = await this.#database.write(
      WRITE,
      (budgetMs) => [
        JSON.stringify(writes),
        this.#maxItems,
        Math.floor(budgetMs),
        known.version,
        known.items.at(-1)?.id ?? 0,
      ],
      deadlineMs,
    )
    const { answers, ...made } = readWrites(row)
    this.#lastMade = pageAfterWrite(known, made, this.#maxItems)
    const front =
      this.#lastMade === UNKNOWN_PAGE
        ? await this.#frontAfterWrite()
        : asSnapshot({ ...made, items: this.#lastMade.items }, this.#pageSize)
    const asked = writes.map(askedText)
    return answers.map(({ askedText, item, version, length }, index) =>
      askedText === asked[index] ? { item, version, length, front } : new IdempotencyKeyReused(),
    )
  }

  /** The write has happened already. An error of this read must not look like one of the write, which may be sent again. */
  async #frontAfterWrite(): Promise<Snapshot> {
    try {
      return await this.page(0)
    } catch (error) {
      throw new DatabaseUnavailable(`The page after a write can't be read: ${error}`)
    }
  }
}

import pg from 'pg'
import { record } from './recorder.js'

export interface Item {
  readonly id: number
  readonly text: string
}

export interface Page {
  readonly version: number
  readonly length: number
  readonly items: readonly Item[]
}

export interface Change {
  /** What was added or removed; null if there was nothing to remove. */
  readonly item: Item | null
  readonly version: number
  readonly length: number
}

/** The queue in Postgres (schema.sql). Each call is recorded with the line of the way that made it. */
export class QueueTable {
  readonly #pool: pg.Pool
  readonly #slowQueryMs: number

  constructor(databaseUrl: string | undefined, slowQueryMs: number) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl })
    this.#slowQueryMs = slowQueryMs
  }

  load(): Promise<Page> {
    return record('load', async () => {
      const page = await this.#ask<Page>('select load_queue($1) as answer', [this.#slowQueryMs])
      return { result: page, version: page.version }
    })
  }

  add(text: string): Promise<Change> {
    return this.#write('select add_item($1) as answer', [text])
  }

  remove(): Promise<Change> {
    return this.#write('select remove_item() as answer', [])
  }

  #write(sql: string, values: unknown[]): Promise<Change> {
    return record('commit', async () => {
      const change = await this.#ask<Change>(sql, values)
      return { result: change, version: change.version }
    })
  }

  async #ask<T>(sql: string, values: unknown[]): Promise<T> {
    const { rows } = await this.#pool.query<{ answer: T }>(sql, values)
    const [row] = rows
    if (!row) throw new Error(`${sql} gave no row`)
    return row.answer
  }
}

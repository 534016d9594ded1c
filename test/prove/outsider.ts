import type pg from 'pg'
import type { Add, Item, Remove } from './history.js'
import type { PhaseRun } from './phaseRun.js'

/** The contract: a change past the app is shown a lease and 100 ms after its commit. */
const SHOWN_AFTER_MS = 200 + 100
const HEAD = 'select version::text, length::int from queue'

/**
 * Somebody with psql. What they do is written down as writes that were answered when the contract wants them to be
 * shown, so that the same checks hold for them.
 */
export class Outsider {
  readonly #client: pg.Client
  readonly #run: PhaseRun
  #adds = 0

  constructor(client: pg.Client, run: PhaseRun) {
    this.#client = client
    this.#run = run
  }

  async act(): Promise<void> {
    const { random } = this.#run
    if (random.chance(0.1))
      await this.#client.query('delete from queue') // the row comes back by itself
    else if (random.chance(0.5)) await this.#insert(random.between(1, 3))
    else await this.#deleteOldest(random.between(1, 3))
  }

  async #insert(count: number): Promise<void> {
    const startedAtMs = performance.now()
    const texts = Array.from({ length: count }, () => `past-the-app-${startedAtMs}-${++this.#adds}`)
    const { items, version, length } = await this.#change(
      'insert into item (text) select t from unnest($1::text[]) t returning id::int, text',
      [texts],
    )
    this.#run.note(
      items.map(
        (item, index): Add => ({
          ...this.#at(startedAtMs),
          kind: 'add',
          text: item.text,
          answer: { item, version: version - count + index + 1, length: length - count + index + 1 },
        }),
      ),
    )
  }

  async #deleteOldest(count: number): Promise<void> {
    const startedAtMs = performance.now()
    const { items, version, length } = await this.#change(
      'delete from item where id in (select id from item order by id limit $1) returning id::int, text',
      [count],
    )
    const left = (index: number) => items.length - index - 1
    this.#run.note(
      items.map(
        (item, index): Remove => ({
          ...this.#at(startedAtMs),
          kind: 'remove',
          answer: { item, version: version - left(index), length: length + left(index) },
        }),
      ),
    )
  }

  /** Locks first, because a statement that picks the oldest item must see the last writer's change. */
  async #change(sql: string, values: unknown[]): Promise<{ items: Item[]; version: number; length: number }> {
    const client = this.#client
    await client.query('begin isolation level read committed')
    await client.query('select from queue for update')
    const { rows } = await client.query<Item>(sql, values)
    const [head] = (await client.query<{ version: string; length: number }>(HEAD)).rows
    await client.query('commit')
    const items = rows.toSorted((one, other) => one.id - other.id)
    return { items, version: Number(head?.version), length: Number(head?.length) }
  }

  #at(startedAtMs: number) {
    const endedAtMs = performance.now() + SHOWN_AFTER_MS
    return { phase: this.#run.phase, process: 'psql', startedAtMs, endedAtMs }
  }
}

import { existsSync } from 'node:fs'
import pg from 'pg'
import { createDatabase, openClient } from './database.js'
import { startMemcached } from './memcached.js'
import { until } from './poll.js'
import { startPostgres } from './postgres.js'
import { isRunning, processTree } from './processTree.js'

describe('a database', () => {
  it('is made empty and dropped, even while somebody is connected', async () => {
    const database = await createDatabase()
    const client = new pg.Client(database.url)
    client.on('error', () => {}) // its connection is about to be cut
    await client.connect()
    const { rows } = await client.query("select count(*)::int from pg_tables where schemaname = 'public'")
    expect(rows).toEqual([{ count: 0 }])

    await database.drop()
    await expect(new pg.Client(database.url).connect()).rejects.toThrow('does not exist')
  })

  it('keeps text as UTF-8', async () => {
    const database = await createDatabase()
    expect(await query(database.url, "select char_length('grün 🍵')::int as answer")).toBe(6)
    await database.drop()
  })

  it('can count the queries that reach it', async () => {
    const database = await createDatabase()
    await query(database.url, 'create extension pg_stat_statements')
    await query(database.url, 'select 40 + 2 as answer')
    const counted =
      "select calls::int as answer from pg_stat_statements where query = 'select $1 + $2 as answer'"
    expect(await query(database.url, counted)).toBeGreaterThanOrEqual(1)
    await database.drop()
  })
})

describe('a Postgres of its own', () => {
  it('answers nothing while it is paused, and what it was asked once it is resumed', async () => {
    const postgres = await startPostgres()
    const client = await openClient(postgres.url())
    postgres.pause()
    let answered = false
    const answer = client.query('select 1 as one').finally(() => {
      answered = true
    })
    await expect(
      new pg.Client({ connectionString: postgres.url(), connectionTimeoutMillis: 100 }).connect(),
    ).rejects.toThrow('timeout')
    expect(answered).toBe(false)
    postgres.resume()
    expect((await answer).rows).toEqual([{ one: 1 }])
    await client.end()
    await postgres.stop()
  }, 60_000)

  it('keeps what was committed when it is killed and restarted, and leaves nothing behind when it is stopped', async () => {
    const postgres = await startPostgres()
    await query(postgres.url(), 'create table kept as select 42 as answer')
    await postgres.kill()
    await expect(query(postgres.url(), 'select 1')).rejects.toThrow('ECONNREFUSED')

    await postgres.restart()
    expect(await query(postgres.url(), 'select answer from kept')).toBe(42)
    await postgres.restart()
    expect(await query(postgres.url(), 'select answer from kept')).toBe(42)

    const processes = processTree(postgres.pid)
    expect(processes.length).toBeGreaterThan(1)
    await postgres.stop()
    expect(processes.filter(isRunning)).toEqual([])
    expect(existsSync(postgres.folder)).toBe(false)
  }, 60_000)
})

describe('a memcached of its own', () => {
  it('comes back empty on the same port after it was killed', async () => {
    const memcached = await startMemcached()
    await memcached.command('set key 0 0 1\r\nx')
    expect(await memcached.stats()).toMatchObject({ curr_items: 1 })
    await memcached.kill()
    await expect(memcached.command('get key')).rejects.toThrow('ECONNREFUSED')
    await memcached.start()
    expect(await memcached.command('get key')).toBe('END\r\n')
    await memcached.kill()
  })

  it('answers nothing while it is paused, and what it was asked once it is resumed', async () => {
    const memcached = await startMemcached({ args: ['-m', '8'] })
    memcached.pause()
    let answered = false
    const answer = memcached.command('version').finally(() => {
      answered = true
    })
    await expect(until('it answers', () => answered, 100)).rejects.toThrow('it answers')
    memcached.resume()
    expect(await answer).toMatch(/^VERSION /)
    await memcached.kill()
  })
})

async function query(url: string, sql: string): Promise<number | undefined> {
  const client = await openClient(url)
  try {
    return (await client.query<{ answer: number }>(sql)).rows[0]?.answer
  } finally {
    await client.end()
  }
}

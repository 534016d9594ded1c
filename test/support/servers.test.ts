import { existsSync } from 'node:fs'
import pg from 'pg'
import { openClient, query } from './database.js'
import { startPostgres } from './postgres.js'
import { isRunning, processTree } from './processTree.js'

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
  })

  it('keeps what was committed when it is killed and restarted, and leaves nothing behind when it is stopped', async () => {
    const postgres = await startPostgres()
    await query(postgres.url(), 'create table kept as select 42 as answer')
    await postgres.kill()
    await expect(query(postgres.url(), 'select 1')).rejects.toThrow('ECONNREFUSED')

    await postgres.restart()
    expect(await query(postgres.url(), 'select answer from kept')).toEqual([{ answer: 42 }])
    await postgres.restart()
    expect(await query(postgres.url(), 'select answer from kept')).toEqual([{ answer: 42 }])

    const processes = processTree(postgres.pid)
    expect(processes.length).toBeGreaterThan(1)
    await postgres.stop()
    expect(processes.filter(isRunning)).toEqual([])
    expect(existsSync(postgres.folder)).toBe(false)
  })
})

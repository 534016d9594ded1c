import type pg from 'pg'
import type { Row } from './Database.js'
import { tooLate } from './errors.js'

/**
 * Sends one statement over a connection of the pool. Any error costs the connection, and so does an answer that takes
 * longer than `deadlineMs`, so that none with an answer still under way is used again.
 * Statements get no names: behind a pooler in transaction mode the next one may run on another connection, which
 * has never heard of the name. What a name saves is a twentieth of a millisecond, and only where a page is loaded.
 *
 * Like `pool.query` with a `query_timeout`, but that replaces the query's callback once it is made, and then V8 (Node 20
 * to 24) takes what is made of the answers for long-lived: each row stays until the next full collection, with all that
 * it contains, and a busy process takes up to 50 MB more.
 */
export async function send(
  pool: pg.Pool,
  sql: string,
  values: readonly unknown[],
  deadlineMs: number,
): Promise<Row[]> {
  const client = await pool.connect()
  return await new Promise((resolve, reject) => {
    let isOver = false
    const end = (error: Error | null, rows: Row[] = []) => {
      if (isOver) return // late or broken: what is still heard of it comes too late
      isOver = true
      clearTimeout(deadline)
      client.off('error', end)
      client.release(error ?? undefined)
      if (error) reject(error)
      else resolve(rows)
    }
    const deadline = setTimeout(() => end(tooLate(deadlineMs)), deadlineMs)
    client.on('error', end)
    client.query<Row>(sql, [...values], (error, result) => end(error, result?.rows))
  })
}

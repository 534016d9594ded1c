import { setTimeout as sleep } from 'node:timers/promises'
import { createMigratedDatabase } from '../support/database.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { until } from '../support/poll.js'
import { database, useDatabase } from '../support/useDatabase.js'
import { startWeb, type WebProcess } from '../support/webProcess.js'
import { add, load } from './client.js'

/** Longer than a read may take; longer than a write may take. */
const SLEEPS_MS = [1_200, 4_000]

let proxy: FaultyProxy
let web: WebProcess

afterAll(async () => {
  await web.stop()
  await proxy.close()
})

useDatabase(createMigratedDatabase)

beforeAll(async () => {
  const { proxy: inFront, url } = await FaultyProxy.inFrontOf(database.url)
  proxy = inFront
  web = await startWeb({ DATABASE_URL: url })
  await add(web.url, 'first')
})

test.each(SLEEPS_MS)(
  'a process that sleeps for %i ms in the middle of its work reports no server as lost',
  async (ms) => {
    // Without memcache each load asks Postgres: these have asked, and get the answer only when the process sleeps.
    await proxy.setFault({ kind: 'hold' })
    const loads = Array.from({ length: 5 }, () => load(web.url))
    const write = add(web.url, `while asleep for ${ms} ms`)
    await sleep(100) // they are on their way
    web.pause()
    await proxy.heal()
    const after = load(web.url) // waits in the socket
    await sleep(ms)
    web.resume()
    expect((await Promise.all([...loads, after])).map(({ current }) => current)).toEqual(Array(6).fill(true))
    expect((await write).item?.text).toBe(`while asleep for ${ms} ms`)
  },
)

test('a process whose connections broke while it slept makes new ones, and reports no server as lost', async () => {
  web.pause()
  await proxy.setFault({ kind: 'reset' })
  await proxy.heal()
  const loads = Array.from({ length: 5 }, () => load(web.url))
  await sleep(1_200)
  web.resume()
  expect((await Promise.all(loads)).map(({ current }) => current)).toEqual(Array(5).fill(true))
  await until('it writes', async () => (await add(web.url, 'after')).item !== null)
  expect(web.lines.filter((line) => line.includes('Postgres is lost'))).toEqual([])
})

test('a process that is stopped in the middle of its writes keeps nobody else from writing', async () => {
  const other = await startWeb({ DATABASE_URL: database.url })
  try {
    for (let round = 1; round <= 20; round++) {
      const stopped = Array.from({ length: 8 }, (_, i) => add(web.url, `stopped ${round}.${i}`))
      await sleep(round) // each time at another step of the writes
      web.pause()
      expect((await add(other.url, `other ${round}`)).item?.text).toBe(`other ${round}`)
      web.resume()
      await Promise.all(stopped)
    }
  } finally {
    web.resume()
    await other.stop()
  }
})

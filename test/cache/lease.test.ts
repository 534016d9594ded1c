import { setTimeout as delay } from 'node:timers/promises'
import { pauseAfter } from '../support/gates.js'
import { until } from '../support/poll.js'
import { Down, KEY, ORIGIN, type Process } from './processes.js'
import { lose, source, startProcess, store } from './sourceAndStore.js'

function start(options: Parameters<typeof startProcess>[2] = {}, usedStore = store): Process {
  return startProcess(source, usedStore, options)
}

test('a write that the cache did not get is answered when no process can show the old value any more', async () => {
  const reader = start()
  const writer = start({}, lose())
  await reader.cache.read(KEY)
  let isAnswered = false
  const write = writer.cache
    .write(KEY, () => source.commit())
    .finally(() => {
      isAnswered = true
    })
  // In use, the reader's lease is renewed; until the answer it may show either version.
  while (!isAnswered) {
    await reader.cache.read(KEY)
    await delay(1)
  }
  expect((await reader.cache.read(KEY)).value.version).toBe(2)
  expect((await write).value.version).toBe(2)
})

test('a key that was read is checked again in the background, so that its next reads need not wait', async () => {
  await start().cache.read(KEY)
  const { checks } = source
  await until('it is checked', () => source.checks > checks)
})

test('a process that does not reach the cache serves from the source', async () => {
  const alone = start({}, lose())
  expect(await alone.cache.read(KEY)).toMatchObject({
    current: true,
    outcome: 'bypass',
    detail: 'cache-unavailable',
    stored: false,
  })
  await source.commit()
  expect((await alone.cache.read(KEY)).value.version).toBe(2)
})

test('a read does not use a load that was sent before the read came', async () => {
  const alone = start({}, lose())
  const load = pauseAfter(source, 'load')
  const early = alone.cache.read(KEY)
  await load.reached // version 1 was read, and is under way
  await start().cache.write(KEY, () => source.commit())
  const late = alone.cache.read(KEY)
  load.resume()
  expect((await early).value.version).toBe(1)
  expect((await late).value.version).toBe(2)
})

test('without a lease each read has a version check that was sent after it came in', async () => {
  const process = start({ leaseMs: 0 })
  await process.cache.read(KEY)
  const { checks } = source
  for (let i = 0; i < 5; i++) expect((await process.cache.read(KEY)).outcome).toBe('hit')
  expect(source.checks - checks).toBe(5)

  const check = pauseAfter(source, 'versions')
  const early = process.cache.read(KEY)
  await check.reached
  await source.commit()
  const late = process.cache.read(KEY)
  check.resume()
  await early
  expect((await late).value.version).toBe(2)
})

test('while the source is away the last known value is shown as such, own writes included, until the source is back', async () => {
  const process = start()
  await process.cache.read(KEY)
  await process.cache.write(KEY, () => source.commit())
  source.isAway = true
  await until('it is noticed', async () => !(await process.cache.read(KEY)).current)
  expect(await process.cache.read(KEY)).toMatchObject({
    ...{ current: false, value: { version: 2 }, outcome: 'bypass', stored: false },
  })
  await expect(process.cache.write(KEY, () => source.commit())).rejects.toBeInstanceOf(Down)

  source.isAway = false
  await until('it is back', async () => (await process.cache.read(KEY)).current)
  expect((await process.cache.write(KEY, () => source.commit())).value.version).toBe(3)
  expect(process.said).toEqual(['lost', 'regained'])
})

describe('the self-audit', () => {
  test('finds no stale page while all is well, even under writes', async () => {
    const process = start({ leaseMs: 20, auditOneIn: 1 })
    await until('five audits are through', async () => {
      await process.cache.write(KEY, () => source.commit())
      await process.cache.read(KEY)
      return process.cache.audit.audits >= 5
    })
    expect(process.cache.audit.staleReads).toBe(0)
  })

  test('reports a page older than what the source said before', async () => {
    const process = start({ leaseMs: Number.POSITIVE_INFINITY, auditOneIn: 2 })
    await process.cache.read(KEY)
    await source.commit() // by another process, which this one, taking itself for the only one, never hears of
    await process.cache.read(KEY)
    await until('the audit is through', () => process.cache.audit.audits === 1)
    expect(process.cache.audit.staleReads).toBe(1)
    expect(process.staleReads).toEqual([
      { key: KEY, shown: { version: 1, origin: ORIGIN }, known: { version: 2, origin: ORIGIN } },
    ])
  })
})

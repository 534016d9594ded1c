import { MemoryStore } from '../../src/cache/MemoryStore.js'
import { until } from '../support/poll.js'
import { Down, KEY, maxProbesSince, numbered, type Process, sealed } from './processes.js'
import { lose, source, startProcess, store } from './sourceAndStore.js'

// The source is lost, for all processes or for one; the cache is there.

function start(usedStore = store): Process {
  return startProcess(source, usedStore)
}

async function noticeLoss(process: Process): Promise<void> {
  await until('the loss is noticed', async () => !(await process.cache.read(KEY)).current)
}

test('a process that nobody used for a while shows what another one wrote meanwhile', async () => {
  const [idle, busy] = [start(), start()]
  await idle.cache.read(KEY)
  for (let i = 0; i < 5; i++) await busy.cache.write(KEY, () => source.commit())
  source.isAway = true
  const readings = [idle, busy].map(async (process) => {
    await noticeLoss(process)
    return process.cache.read(KEY)
  })
  expect(await Promise.all(readings)).toMatchObject([
    { current: false, value: { version: 6 } },
    { current: false, value: { version: 6 } },
  ])
})

test('a process that lost the source shows what another one still writes', async () => {
  const cutOff = start()
  await cutOff.cache.read(KEY)
  source.isAway = true
  await noticeLoss(cutOff)
  await store.delete(KEY)
  await store.add(KEY, sealed(numbered(7, 'of one that reaches the source')))
  expect(await cutOff.cache.read(KEY)).toMatchObject({ current: false, value: { version: 7 } })
})

test('a process that knows only its source shows what the cache has', async () => {
  await start().cache.read(KEY)
  const fresh = start()
  await fresh.cache.identifySource()
  source.isAway = true
  await noticeLoss(fresh)
  expect(await fresh.cache.read(KEY)).toMatchObject({ current: false, value: { version: 1 } })
})

test('no process goes back to an entry older than its own writes', async () => {
  const process = start()
  await process.cache.read(KEY)
  await process.cache.write(KEY, () => source.commit())
  source.isAway = true
  await noticeLoss(process)
  await store.delete(KEY)
  await store.add(KEY, sealed(numbered(1, 'one')))
  expect(await process.cache.read(KEY)).toMatchObject({ current: false, value: { version: 2 } })
})

test('a process without its cache shows the last value that it knows, and does not wait', async () => {
  const own = new MemoryStore({ ttlSeconds: 500 })
  const process = start(own)
  await process.cache.read(KEY)
  source.isAway = true
  lose(own)
  await noticeLoss(process)
  const { checks, loads } = source
  const beganAtMs = performance.now()
  for (let i = 0; i < 1000; i++) {
    expect(await process.cache.read(KEY)).toMatchObject({ current: false, value: { version: 1 } })
  }
  expect(source.loads + source.checks - loads - checks).toBeLessThanOrEqual(maxProbesSince(beganAtMs))
})

test('if neither process knows a value, the read fails with the outage', async () => {
  const fresh = start()
  await fresh.cache.identifySource()
  source.isAway = true
  await expect(fresh.cache.read(KEY)).rejects.toBeInstanceOf(Down)
})

import { promises as dns, type LookupAddress } from 'node:dns'
import { setTimeout as sleep } from 'node:timers/promises'
import { jest } from '@jest/globals'
import { MemcacheClient } from '../../src/cache/MemcacheClient.js'
import { lookUp } from '../../src/cache/nameLookups.js'
import { until } from '../support/poll.js'
import { memcached } from './memcachedAndNetwork.js'
import { startStore } from './memcacheStore.js'

const HERE: LookupAddress = { address: '127.0.0.1', family: 4 }

/** Lookups that a silent name server leaves without an answer. */
let waiting: { host: string; answer: (address: LookupAddress | Error) => void }[]

beforeEach(() => {
  waiting = []
  jest.spyOn(dns, 'lookup').mockImplementation((async (host: string) => {
    const answer = await new Promise<LookupAddress | Error>((resolve) => {
      waiting.push({ host, answer: resolve })
    })
    if (answer instanceof Error) throw answer
    return answer
  }) as typeof dns.lookup)
})

afterEach(() => jest.restoreAllMocks())

/** Answers those that wait, and those that come then. */
async function answerAll(): Promise<void> {
  while (waiting.length > 0) {
    waiting.shift()?.answer(HERE)
    await sleep(0)
  }
}

test('asks for one name at a time, and for each only once', async () => {
  const names = ['one', 'two', 'one', 'two', 'three', 'one'].map(lookUp)
  await until('a lookup is under way', () => waiting.length > 0)
  for (const host of ['one', 'two', 'three']) {
    expect(waiting.map((lookup) => lookup.host)).toEqual([host])
    waiting.shift()?.answer(HERE)
    await sleep(0)
  }
  await Promise.all(names)
  expect(waiting).toEqual([])
})

test('a name that is not found keeps no other one waiting, and is asked for again', async () => {
  const [missing, other] = [lookUp('missing'), lookUp('other')]
  await until('a lookup is under way', () => waiting.length > 0)
  waiting.shift()?.answer(new Error('not found'))
  await expect(missing).rejects.toThrow('not found')
  const again = lookUp('missing')
  await answerAll()
  await Promise.all([other, again])
})

test('while a name server is silent, the attempts of all servers together hold one lookup; they work once it answers', async () => {
  const servers = ['localhost', 'LOCALHOST'].map((host) => ({ host, port: memcached.port }))
  const givenUp = jest.spyOn(MemcacheClient.prototype, 'destroy')
  const { store, said } = await startStore([], { servers })
  await until('each has given up twice', () => givenUp.mock.calls.length === 4)
  expect(waiting).toHaveLength(1)
  await until('both work', async () => {
    await answerAll()
    return said.filter((event) => event === 'regained').length === 2
  })
  await expect(store.gets('key')).resolves.toBeUndefined()
})

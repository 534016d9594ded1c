import { get } from 'node:http'
import { until } from '../support/poll.js'
import { isRunning, processTree } from '../support/processTree.js'
import { startWeb, type WebProcess } from '../support/webProcess.js'
import { add, load } from './client.js'
import { env, useServers } from './useServers.js'

useServers()

describe('with WEB_CONCURRENCY=2', () => {
  let web: WebProcess

  beforeEach(async () => {
    web = await startWeb({ ...env, WEB_CONCURRENCY: '2' })
    await until('both web processes are open', () => opened() === 2, 30_000)
  })

  afterEach(() => web.stop())

  function opened(): number {
    return web.lines.filter((line) => line.includes('The queue is open')).length
  }

  function workers(): number[] {
    return processTree(web.pid).filter((pid) => pid !== web.pid)
  }

  test('two processes serve behind one port, and each shows the answered writes of the other', async () => {
    expect(workers()).toHaveLength(2)
    for (let i = 0; i < 50; i++) {
      const { version } = await add(web.url, `item ${i}`)
      const pages = await Promise.all([1, 2, 3, 4].map(() => load(web.url)))
      for (const page of pages) expect(page.version).toBe(version)
    }
  })

  test('one that crashes is replaced, and the other serves meanwhile', async () => {
    const [victim, survivor] = workers()
    process.kill(victim ?? Number.NaN, 'SIGKILL')
    await until('it is gone', () => !isRunning(victim ?? Number.NaN))
    // The connections that it had are broken; new ones go to the other.
    await until('the other serves', async () => (await load(web.url)).current)
    await until('another one serves', () => opened() === 3, 15_000)
    expect(workers()).toHaveLength(2)
    expect(workers()).toContain(survivor)
    expect(web.lines.filter((line) => line.includes('a web process ended'))).toHaveLength(1)
  })

  test('one that crashes again and again is started less and less often', async () => {
    for (const crashes of [1, 2, 3]) {
      const [victim] = workers().toReversed() // the youngest
      process.kill(victim ?? Number.NaN, 'SIGKILL')
      await until('another one serves', () => opened() === 2 + crashes, 15_000)
    }
    const waits = web.lines.flatMap((line) => /another starts in (\d+) ms/.exec(line)?.[1] ?? [])
    expect(waits).toEqual(['100', '200', '400'])
  })

  test('SIGTERM ends all of them with 0', async () => {
    const all = processTree(web.pid)
    expect(all).toHaveLength(3)
    web.signal('SIGTERM')
    expect(await web.exited).toMatchObject({ code: 0 })
    expect(all.filter(isRunning)).toEqual([])
  })

  test('the others end if the first process is killed', async () => {
    const orphans = workers()
    expect(orphans).toHaveLength(2)
    web.signal('SIGKILL')
    await until('they have ended', () => !orphans.some(isRunning), 12_000)
  })
})

const CONNECTIONS = 50
const KILLS = 6
const ANSWERS_DEADLINE_MS = 10_000

test('a worker that is killed under load leaves no request unanswered: each gets its answer or a closed connection', async () => {
  const web = await startWeb({ ...env, WEB_CONCURRENCY: '4' })
  const opened = () => web.lines.filter((line) => line.includes('The queue is open')).length
  await until('all web processes are open', () => opened() === 4, 30_000)

  const outcomes = { answered: 0, closed: 0 }
  let pending = 0
  let isOver = false
  async function visitor(): Promise<void> {
    while (!isOver) {
      pending++
      outcomes[await askOverNewConnection(web.url)]++
      pending--
    }
  }
  const visitors = Array.from({ length: CONNECTIONS }, visitor)
  for (let kill = 0; kill < KILLS; kill++) {
    const before = outcomes.answered
    await until('requests are answered', () => outcomes.answered > before + CONNECTIONS, 30_000)
    const [victim] = processTree(web.pid).filter((pid) => pid !== web.pid)
    process.kill(victim ?? Number.NaN, 'SIGKILL')
    await until('another one is open', () => opened() === 5 + kill, 60_000)
  }
  isOver = true
  await until('no request is without an answer', () => pending === 0, ANSWERS_DEADLINE_MS)
  await Promise.all(visitors)
  expect(await web.stop()).toMatchObject({ code: 0 })
}, 240_000)

/** Without a deadline of its own: what is never answered stays pending. */
function askOverNewConnection(url: string): Promise<'answered' | 'closed'> {
  return new Promise((resolve) => {
    const request = get(`${url}/healthz`, { agent: false }, (response) => {
      response.resume().once('end', () => resolve('answered'))
      response.once('error', () => resolve('closed'))
    })
    request.once('error', () => resolve('closed'))
  })
}

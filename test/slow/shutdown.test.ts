import { once } from 'node:events'
import { connect } from 'node:net'
import { answerOf } from '../support/answerOf.js'
import { query } from '../support/database.js'
import { listenToEvents } from '../support/eventStream.js'
import { LoadBalancer } from '../support/LoadBalancer.js'
import { until } from '../support/poll.js'
import { database } from '../support/useDatabase.js'
import { startWeb, type WebProcess } from '../support/webProcess.js'
import { load } from './client.js'
import { env, startReadyWeb, useServers } from './useServers.js'

useServers()

test('drops no request while two processes under load are restarted one after the other', async () => {
  const balancer = new LoadBalancer()
  const webs: WebProcess[] = []
  async function start(): Promise<void> {
    const web = await startWeb(env)
    webs.push(web)
    balancer.add(web.url)
    await until('it is ready', () => balancer.isReady(web.url), 10_000)
  }
  await start()
  await start()

  const wrong: string[] = []
  let answered = 0
  let isOver = false
  async function visitor(number: number): Promise<void> {
    let lastVersion = 0
    while (!isOver) {
      for (const [method, path, body, status] of [
        ['POST', '/add', { text: `by ${number}` }, 201],
        ['GET', '/', undefined, 200],
        ['POST', '/remove', {}, 200],
      ] as const) {
        const answer = await balancer.send(method, path, body).catch((error: Error) => ({
          status: 0,
          body: error.message,
        }))
        if (answer.status === status) {
          const { version } = JSON.parse(answer.body) as { version: number }
          if (version < lastVersion) wrong.push(`${path} went back from ${lastVersion} to ${version}`)
          lastVersion = version
          answered++
        } else wrong.push(`${path} answered ${answer.status} ${answer.body}`)
      }
    }
  }
  const visitors = Array.from({ length: 6 }, (_, number) => visitor(number))

  for (let restart = 0; restart < 4; restart++) {
    const old = webs.shift()
    expect(await old?.stop()).toMatchObject({ code: 0 })
    balancer.remove(old?.url ?? '')
    await start()
  }
  isOver = true
  await Promise.all(visitors)
  expect(wrong).toEqual([])
  expect(answered).toBeGreaterThan(100)
  await balancer.close()
  await Promise.all(webs.map((web) => web.stop()))
}, 120_000)

test('ends event streams only after the router has left it, so that clients reconnect to another process and miss nothing', async () => {
  const balancer = new LoadBalancer()
  const webs: [WebProcess, WebProcess] = [await startWeb(env), await startWeb(env)]
  for (const { url } of webs) balancer.add(url)
  await until('both are ready', () => webs.every(({ url }) => balancer.isReady(url)), 10_000)
  const [leaving, staying] = webs

  const stream = await listenToEvents(leaving.url)
  const unfinished = connect(Number(new URL(leaving.url).port), '127.0.0.1')
  unfinished.write('POST /remove HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n')
  const answer = answerOf(unfinished)
  const exit = leaving.stop()
  await stream.ended
  unfinished.write('{}') // streams do not last as long as requests that are waited for
  expect(await answer).toMatch(/^HTTP\/1\.1 303 /)
  expect(balancer.isReady(leaving.url)).toBe(false)
  const { version } = JSON.parse((await balancer.send('POST', '/add', { text: 'missed' })).body)
  const again = await listenToEvents(balancer.next())
  await until('what was missed is told', () => again.changes.some(({ data }) => data.version === version))

  again.close()
  expect(await exit).toMatchObject({ code: 0 })
  await balancer.close()
  await staying.stop()
})

test('at SIGTERM says at once that it is not ready, while it still answers, and ends each connection with its answer', async () => {
  const web = await startReadyWeb()
  web.signal('SIGTERM')
  await until('readyz answers 503', async () => (await fetch(`${web.url}/readyz`)).status === 503)
  const page = await fetch(web.url)
  expect(page.status).toBe(200)
  expect(page.headers.get('connection')).toBe('close')
  expect(await web.exited).toMatchObject({ code: 0 })
})

let web: WebProcess

describe('with a request in flight', () => {
  let slow: Promise<'answered' | 'cut off'>

  beforeEach(async () => {
    web = await startWeb({ ...env, MEMCACHIER_SERVERS: '', SLOW_QUERY_MS: '4000' })
    slow = load(web.url).then(
      () => 'answered',
      () => 'cut off',
    )
    await until('the page load has sent its query', isAsked)
  })

  test('finishes it at SIGTERM, accepts nothing new, and exits 0; a signal that is sent twice at once is one', async () => {
    const silent = connect(Number(new URL(web.url).port), '127.0.0.1') // as browsers do, just in case
    await once(silent, 'connect')
    web.signal('SIGTERM')
    web.signal('SIGTERM')
    await nobodyGetsIn()
    expect(await slow).toBe('answered')
    expect(await web.exited).toMatchObject({ code: 0 })
  })

  test('does not wait any longer at a second SIGTERM', async () => {
    web.signal('SIGTERM')
    await nobodyGetsIn()
    web.signal('SIGTERM')
    expect(await web.exited).toMatchObject({ code: 1 })
    expect(await slow).toBe('cut off')
  })
})

function nobodyGetsIn(): Promise<void> {
  return until('nobody gets in any more', () =>
    fetch(`${web.url}/healthz`).then(
      () => false,
      () => true,
    ),
  )
}

async function isAsked(): Promise<boolean> {
  const rows = await query(
    database.url,
    "select 1 from pg_stat_activity where datname = current_database() and query like '%read_page%' and application_name = 'queue'",
  )
  return rows.length > 0
}

import { once } from 'node:events'
import { connect } from 'node:net'
import { TooBusy } from '../../src/db/errors.js'
import type { PageLoad } from '../../src/queue/Queue.js'
import { answerTo } from '../support/answerOf.js'
import { until } from '../support/poll.js'
import { EMPTY, type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'
import type { QueueJson } from '../support/testApp.js'

const JSON_ = { Accept: 'application/json' }
const HTML = { Accept: 'text/html', 'Accept-Encoding': 'identity' }

let app: ScriptedApp

/** Calls that the test answers when it wants to. */
class Asked<T> {
  readonly #waiting: { ask: unknown; resolve: (value: T) => void; reject: (error: Error) => void }[] = []
  count = 0

  readonly ask = (ask?: unknown): Promise<T> => {
    this.count++
    return new Promise((resolve, reject) => this.#waiting.push({ ask, resolve, reject }))
  }

  get waiting(): unknown[] {
    return this.#waiting.map(({ ask }) => ask)
  }

  answer(value: T): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve(value)
  }

  fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

/** Waits until the app has the requests that were sent before: the server reads later ones after them. */
async function haveArrived(): Promise<void> {
  for (let i = 0; i < 3; i++) await (await fetch(`${app.url}/healthz`)).text()
}

async function queueAt(path: string): Promise<QueueJson> {
  return (await (await fetch(`${app.url}${path}`, { headers: JSON_ })).json()) as QueueJson
}

async function versionOf(path: string): Promise<number> {
  return (await queueAt(path)).version
}

function pageOf(version: number): PageLoad {
  return { ...EMPTY, snapshot: { ...EMPTY.snapshot, version } }
}

test('requests for the same later page share a load, if they came before it began', async () => {
  const after = new Asked<PageLoad>()
  app = await startScriptedApp({ after: after.ask })
  const load = () => versionOf('/?after=3')
  const first = load()
  await until('it is being loaded', () => after.waiting.length === 1)
  const others = Array.from({ length: 50 }, load)
  await haveArrived()
  expect(after.waiting).toEqual([3]) // the first load began before they came, so it may miss a write that they must see
  after.answer(pageOf(1))
  expect(await first).toBe(1)
  await until('one more is loaded for all of them', () => after.waiting.length === 1)
  const last = load()
  await haveArrived()
  expect(after.waiting).toEqual([3]) // a page is never loaded twice at the same time
  after.answer(pageOf(2))
  expect(await Promise.all(others)).toEqual(Array(50).fill(2))
  await until('one more is loaded for the last one', () => after.waiting.length === 1)
  after.answer(pageOf(3))
  expect(await last).toBe(3)
  expect(after.count).toBe(3)
})

test('different later pages don’t wait for each other, and HEAD shares a load too', async () => {
  const after = new Asked<PageLoad>()
  app = await startScriptedApp({ after: after.ask })
  const loads = [3, 4].map((id) => fetch(`${app.url}/?after=${id}`, { method: 'HEAD' }))
  await until('both are loaded', () => after.waiting.length === 2)
  after.answer(EMPTY)
  for (const load of loads) expect((await load).status).toBe(200)
})

test('if the database is too busy, the answer is a 503 that says when to try again, and nothing of databases', async () => {
  app = await startScriptedApp({ after: () => Promise.reject(new TooBusy()) })
  for (const headers of [JSON_, HTML]) {
    const response = await fetch(`${app.url}/?after=3`, { headers })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/)
    expect(await response.text()).toMatch(/Too many requests came at once/)
  }
  expect((await queueAt('/')).current).toBe(true)
})

test('a write that is refused because the database is too busy keeps what was typed', async () => {
  app = await startScriptedApp({ write: () => Promise.reject(new TooBusy()) })
  const body = new URLSearchParams({ text: 'keep me' })
  const response = await fetch(`${app.url}/add`, { method: 'POST', headers: HTML, body })
  expect(response.status).toBe(503)
  const html = await response.text()
  expect(html).toContain('value="keep me"')
  expect(html).toMatch(/role="alert">Too many requests came at once/)
  expect(html).not.toContain('last known')
})

test('one readiness check answers all requests that came before it began', async () => {
  const ready = new Asked<string | undefined>()
  app = await startScriptedApp({}, { findObstacle: ready.ask })
  const first = fetch(`${app.url}/readyz`)
  await until('it is being checked', () => ready.waiting.length === 1)
  const others = Array.from({ length: 50 }, () => fetch(`${app.url}/readyz`))
  await haveArrived()
  ready.answer(undefined)
  expect((await first).status).toBe(200)
  await until('it is checked once more', () => ready.waiting.length === 1)
  ready.answer('not migrated')
  expect((await Promise.all(others)).map(({ status }) => status)).toEqual(Array(50).fill(503))
  expect(ready.count).toBe(2)
})

test('a check that fails is not the answer to later requests', async () => {
  const ready = new Asked<string | undefined>()
  app = await startScriptedApp({}, { findObstacle: ready.ask })
  const failed = fetch(`${app.url}/readyz`)
  await until('it is being checked', () => ready.waiting.length === 1)
  ready.fail(new TooBusy())
  expect((await failed).status).toBe(503)
  const well = fetch(`${app.url}/readyz`)
  await until('it is being checked', () => ready.waiting.length === 1)
  ready.answer(undefined)
  expect((await well).status).toBe(200)
})

test('the front page is answered while hundreds of requests wait for slow pages', async () => {
  const after = new Asked<PageLoad>()
  app = await startScriptedApp({ after: after.ask })
  const slow = Array.from({ length: 300 }, (_, id) =>
    answerTo(app.port, `GET /?after=${id + 1} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
  )
  await until('all are being loaded', () => after.waiting.length === 300)
  expect((await fetch(app.url, { headers: JSON_ })).status).toBe(200)
  after.answer(EMPTY)
  const answers = await Promise.all(slow)
  expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 200 '))).toHaveLength(300)
})

test('a page that no request waits for is loaded again for the next request', async () => {
  const after = new Asked<PageLoad>()
  app = await startScriptedApp({ after: after.ask })
  const socket = connect(app.port, '127.0.0.1')
  socket.write('GET /?after=3 HTTP/1.1\r\nHost: x\r\n\r\n')
  await until('it is being loaded', () => after.waiting.length === 1)
  socket.destroy()
  await once(socket, 'close')
  after.answer(pageOf(1))
  const load = versionOf('/?after=3')
  await until('it is loaded anew', () => after.waiting.length === 1)
  after.answer(pageOf(2))
  expect(await load).toBe(2)
})

import { readFile } from 'node:fs/promises'
import { RunningWay } from '../../lab/servers/RunningWay.js'
import type { WayProcess } from '../../lab/servers/WayProcess.js'
import { WAYS, type Way } from '../../lab/ways.js'
import { POSTGRES_URL_VARIABLE } from '../support/database.js'
import { until, untilEqual } from '../support/poll.js'
import { sample } from '../support/sample.js'
import type { ChangeJson, QueueJson } from '../support/testApp.js'

async function load({ url }: WayProcess): Promise<{ page: QueueJson; cacheStatus: string }> {
  const response = await fetch(url, { headers: { Accept: 'application/json', 'X-Request-Id': 'load' } })
  return {
    page: (await response.json()) as QueueJson,
    cacheStatus: response.headers.get('cache-status') ?? '',
  }
}

async function post({ url }: WayProcess, path: string, body: object) {
  const headers = {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    'X-Request-Id': 'write',
    // The app refuses what a browser sends from elsewhere; Node's fetch says that it is one.
    'Sec-Fetch-Site': 'same-origin',
  }
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return (await response.json()) as ChangeJson
}

describe.each(sample(WAYS).map((way) => [way.id, way] as const))('%s', (id: string, way: Way) => {
  let running: RunningWay

  beforeAll(async () => {
    running = await RunningWay.start(way, process.env[POSTGRES_URL_VARIABLE] ?? '')
  })

  afterAll(() => running.stop())

  test('adds at the end, removes the oldest, and answers both with the version that they made', async () => {
    const milk = await post(running.a, '/add', { text: 'milk' })
    const tea = await post(running.b, '/add', { text: 'tea' })
    const removed = await post(running.a, '/remove', {})
    expect(milk).toMatchObject({ item: { text: 'milk' }, length: 1 })
    expect(tea).toMatchObject({ item: { text: 'tea' }, length: 2 })
    expect(removed).toMatchObject({ item: milk.item, length: 1 })
    expect([milk.version, tea.version, removed.version]).toEqual(
      [milk.version, tea.version, removed.version].sort((a, b) => a - b),
    )
    expect(new Set([milk.version, tea.version, removed.version]).size).toBe(3)
    await running.flush()
    const { page } = await load(running.b)
    const items = [{ id: tea.item?.id, text: 'tea' }]
    expect(page).toEqual({ version: removed.version, length: 1, items, next: null, current: true })
  })

  test('an empty queue stays empty, at its version', async () => {
    await post(running.a, '/remove', {})
    const first = await post(running.a, '/remove', {})
    expect(first).toMatchObject({ item: null, length: 0 })
    expect(await post(running.b, '/remove', {})).toEqual(first)
  })

  test(`says of the second page load that ${id === 'none' ? 'Postgres' : 'memcache'} answered it`, async () => {
    const expected = id === 'none' ? 'memcache; fwd=miss' : 'memcache; hit'
    // On a busy machine memcache may answer too late once.
    const secondStatus = async () => {
      await load(running.a)
      return (await load(running.b)).cacheStatus
    }
    await untilEqual(`the status is ${expected}`, secondStatus, expected)
  })
})

test('each step of a way is recorded, with the version, the request and the line of its code', async () => {
  const way = WAYS.find(({ id }) => id === 'update') as Way
  const running = await RunningWay.start(way, process.env[POSTGRES_URL_VARIABLE] ?? '')
  try {
    const { version } = await post(running.a, '/add', { text: 'milk' })
    await load(running.b)
    const events = () => running.recorder.between(0, performance.now())
    await until('four events are recorded', () => events().length === 4)
    expect(events()).toMatchObject([
      { process: 'A', request: 'write', action: 'commit', outcome: 'done', version },
      { process: 'A', request: 'write', action: 'load', outcome: 'done', version },
      { process: 'A', request: 'write', action: 'set', outcome: 'done', version },
      { process: 'B', request: 'load', action: 'get', outcome: 'done', version },
    ])
    const code = (await readFile('lab/ways/update.ts', 'utf8')).split('\n')
    expect(events().map(({ line }) => code[line - 1]?.trim())).toEqual([
      'const change = await queue.add(request.body.text)',
      'const page = await queue.load()',
      'await cache.set(KEY, JSON.stringify(page)).catch(ignore)',
      'const { value } = await cache.get(KEY).catch(() => ({ value: null })) // as in the article: an error is a miss',
    ])
  } finally {
    await running.stop()
  }
})

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import { jest } from '@jest/globals'
import express from 'express'
import { problemFor } from '../../src/middleware/problems.js'
import { EventStreams } from '../../src/pages/EventStreams.js'
import type { Snapshot } from '../../src/queue/Queue.js'
import { QueueWatcher } from '../../src/queue/QueueWatcher.js'
import { listenToEvents } from '../support/eventStream.js'
import { pauseAfter, pauseBefore } from '../support/gates.js'
import { until, untilEqual } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

const ALL_BUT_INTERVALS = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
]

let one: TestApp
let two: TestApp

beforeAll(async () => {
  one = await startTestApp()
  two = await startTestApp(one.environment)
})

afterAll(async () => {
  await two.close()
  await one.close()
})

test('sends the version and the length at once', async () => {
  const { version, length } = await one.add('first')
  const stream = await listenToEvents(one.url)
  await until('the first event comes', () => stream.changes.length > 0)
  expect(stream.changes).toEqual([{ id: String(version), data: { version, length } }])
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  stream.close()
})

test('sends what this process and another one write, in the order of the versions, each once', async () => {
  const streams = await Promise.all([listenToEvents(one.url), listenToEvents(two.url)])
  await until('both have their first event', () => streams.every((stream) => stream.changes.length === 1))
  let last = await one.add('here')
  for (let i = 0; i < 5; i++) last = await (i % 2 === 0 ? two : one).add(`item ${i}`)
  for (const stream of streams) {
    await until('the last change is sent', () => stream.changes.at(-1)?.data.version === last.version)
    const versions = stream.changes.map((change) => change.data.version)
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    expect(stream.changes.at(-1)?.data.length).toBe(last.length)
    stream.close()
  }
})

test('a write of this process is published by itself, before the queue is looked at again', async () => {
  const { version, length } = await one.add('published')
  expect(one.services.watcher.latest).toEqual({ version, length })
})

test('a remove from an empty queue sends no change', async () => {
  await one.empty()
  const stream = await listenToEvents(one.url)
  await until('the first event comes', () => stream.changes.length === 1)
  await one.remove()
  const { version } = await one.add('a change')
  await until('the change is sent', () => stream.changes.at(-1)?.data.version === version)
  expect(stream.changes).toHaveLength(2)
  stream.close()
})

test('sends the name of the release first, the same name that the page has', async () => {
  const stream = await listenToEvents(one.url)
  await until('the first event comes', () => stream.changes.length === 1)
  expect(stream.releases).toHaveLength(1)
  expect(await one.html()).toContain(`"/assets/${stream.releases[0]}/styles.css"`)
  stream.close()
})

test('HEAD is answered with the headers alone', async () => {
  await one
    .request('HEAD', '/events')
    .expect(200)
    .expect('content-type', /text\/event-stream/)
})

function snapshot(version: number, origin = 'database/1'): Snapshot {
  return { version, origin, length: 0, items: [], next: null }
}

describe('with at most two streams', () => {
  /** More than all buffers on the way to a client hold. */
  const UNREAD_BYTES = 32 * 2 ** 20
  let end: () => void

  afterEach(() => {
    jest.restoreAllMocks()
    end()
  })

  async function startStreams(limits = { inAll: 2, perAddress: 2 }) {
    const postgres = { isUp: true }
    const watcher: QueueWatcher = new QueueWatcher(async () => ({
      snapshot: snapshot(watcher.latest?.version ?? 1),
      current: postgres.isUp,
    }))
    const streams = new EventStreams(watcher, limits)
    const app = express().set('trust proxy', 1)
    app.get('/events', (request, response, next) => {
      streams.open(request, response).catch((error: Error) => {
        response.status(problemFor(error).status).send(error.name)
        next()
      })
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    end = () => {
      watcher.close()
      server.close()
    }
    const { port } = server.address() as { port: number }
    return { streams, watcher, postgres, server, port, url: `http://127.0.0.1:${port}` }
  }

  test('a third stream gets 503 until one of the two closes; a close of the watcher ends them all', async () => {
    const { watcher, url } = await startStreams()
    const [first, second] = [await listenToEvents(url), await listenToEvents(url)]
    expect((await fetch(`${url}/events`)).status).toBe(503)
    first.close()
    let third: Awaited<ReturnType<typeof listenToEvents>> | undefined
    await until('there is room again', async () => {
      third = await listenToEvents(url)
      return third.status === 200
    })
    watcher.close()
    await Promise.all([second.ended, third?.ended])
    expect((await fetch(`${url}/events`)).status).toBe(503)
  })

  test('a client that leaves before its first event takes no place', async () => {
    const { streams, watcher, server, port, url } = await startStreams()
    const refresh = pauseBefore(watcher, 'refresh')
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const leaving = connect(port, '127.0.0.1')
    leaving.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [toLeaving] = await accepted
    await refresh.reached
    leaving.destroy()
    await until('the server knows that it has left', () => toLeaving.closed)
    refresh.resume()
    const [first, second] = [await listenToEvents(url), await listenToEvents(url)]
    expect([first.status, second.status, streams.count]).toEqual([200, 200, 2])
  })

  test('a stream that is being opened when the watcher closes ends at once', async () => {
    const { streams, watcher, url } = await startStreams()
    const refresh = pauseAfter(watcher, 'refresh')
    const opening = fetch(`${url}/events`).then((response) => response.text())
    await refresh.reached
    watcher.close()
    refresh.resume()
    await expect(opening).rejects.toThrow()
    expect(streams.count).toBe(0)
  })

  test('the queue is watched only as long as there is a stream', async () => {
    const { streams, watcher, url } = await startStreams()
    const unsubscribe = jest.fn()
    jest.spyOn(watcher, 'subscribe').mockReturnValue(unsubscribe)
    const begun = jest.spyOn(globalThis, 'setInterval')
    const ended = jest.spyOn(globalThis, 'clearInterval')
    const both = [await listenToEvents(url), await listenToEvents(url)]
    for (const [index, stream] of both.entries()) {
      expect(unsubscribe).not.toHaveBeenCalled()
      stream.close()
      await until('it is closed', () => streams.count === 1 - index)
    }
    expect(unsubscribe).toHaveBeenCalledTimes(1)
    expect(begun).toHaveBeenCalledTimes(1)
    expect(ended).toHaveBeenCalledWith(begun.mock.results[0]?.value)
    const another = await listenToEvents(url)
    expect(watcher.subscribe).toHaveBeenCalledTimes(2)
    another.close()
  })

  test('one address has a limit: other addresses can still open streams, and it can again after one has closed', async () => {
    const { url } = await startStreams({ inAll: 10, perAddress: 2 })
    const open = async (address: string) => {
      const gone = new AbortController()
      const { status } = await fetch(`${url}/events`, {
        ...{ headers: { 'X-Forwarded-For': address }, signal: gone.signal },
      })
      return { status, close: () => gone.abort() }
    }
    const first = await open('203.0.113.1')
    expect([first.status, (await open('203.0.113.1:4711')).status]).toEqual([200, 200])
    expect((await open('203.0.113.1')).status).toBe(503)
    expect((await open('203.0.113.2')).status).toBe(200)
    first.close()
    await until('there is room again', async () => (await open('203.0.113.1')).status === 200)
    expect((await open('203.0.113.1')).status).toBe(503) // for one more only
  })

  test('150 streams all get a change, and none gets an older one after a newer one', async () => {
    const { streams, watcher, url } = await startStreams({ inAll: 500, perAddress: 500 })
    const listeners = await Promise.all(Array.from({ length: 150 }, () => listenToEvents(url)))
    await until('all are open', () => streams.count === 150)
    for (let version = 2; version <= 20; version++) {
      watcher.publish({ version, length: 0 })
      await new Promise(setImmediate)
    }
    for (const { changes } of listeners) {
      await until('the last one is heard of', () => changes.at(-1)?.data.version === 20)
      const versions = changes.map(({ data }) => data.version)
      expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    }
  })

  test('a `current` event says when Postgres is lost, and when it is back', async () => {
    const { postgres, url } = await startStreams()
    const stream = await listenToEvents(url)
    for (const expected of [[true], [true, false], [true, false, true]]) {
      postgres.isUp = expected.at(-1) === true
      await untilEqual('it is said', async () => [...stream.currents], expected)
    }
    expect(stream.changes).toHaveLength(1)
  })

  test('a `beat` event is sent at least every 20 s', async () => {
    jest.useFakeTimers({ doNotFake: ALL_BUT_INTERVALS })
    const { url } = await startStreams()
    const stream = await listenToEvents(url)
    await until('it is open', () => stream.changes.length === 1)
    for (let beats = 1; beats <= 3; beats++) {
      jest.advanceTimersByTime(20_000)
      await until('the beat is heard', () => stream.beats >= beats)
    }
    expect([stream.changes.length, stream.currents.length]).toEqual([1, 1])
    jest.useRealTimers()
  })

  test('a client that does not read is cut off, and the others are not', async () => {
    const { watcher, server, port, url } = await startStreams()
    const reader = await listenToEvents(url)
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const silent = connect(port, '127.0.0.1').pause()
    silent.on('error', () => {}) // it is cut off
    silent.write('GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [toSilent] = await accepted
    await until('its stream is open', () => toSilent.bytesWritten > 0)
    const connections = promisify(server.getConnections.bind(server))
    expect(await connections()).toBe(2)
    toSilent.write(Buffer.alloc(UNREAD_BYTES)) // in place of some 100,000 events
    watcher.publish({ version: 2, length: 0 })
    await until('the one that does not read is cut off', async () => (await connections()) === 1)
    watcher.publish({ version: 3, length: 0 })
    await until('the reader has it', () => reader.changes.at(-1)?.data.version === 3)
    silent.destroy()
  })
})

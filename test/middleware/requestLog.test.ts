import { connect } from 'node:net'
import { jest } from '@jest/globals'
import { ASSETS_PATH } from '../../src/pages/assets.js'
import { createLog, type Logger } from '../../src/process/log.js'
import type { PageLoad } from '../../src/queue/Queue.js'
import { until } from '../support/poll.js'
import { type ScriptedApp, startScriptedApp } from '../support/scriptedApp.js'

interface Line {
  readonly path: string
  readonly status: number
  readonly ms: number
  readonly level: string
}

const AN_HOUR_MS = 3_600_000

const log: Logger = createLog({ logLevel: 'silent', isProduction: true })
log.isLevelEnabled = () => true
for (const level of ['debug', 'info', 'warn', 'error'] as const)
  log[level] = (values: unknown) => void lines.push({ ...(values as Line), level })

let lines: Line[]
let counted: { readonly route: string; readonly status: number; readonly durationMs: number }[]

beforeEach(() => {
  lines = []
  counted = []
})

afterEach(() => jest.restoreAllMocks())

function start(...[queue, parts]: Parameters<typeof startScriptedApp>): Promise<ScriptedApp> {
  const requests = {
    onRequest: (route: string, status: number, durationMs: number) =>
      void counted.push({ route, status, durationMs }),
  }
  return startScriptedApp(queue, { log, requests, ...parts })
}

async function lineOf(path: string): Promise<Line | undefined> {
  await until(`${path} is logged`, () => lines.some((line) => line.path === path))
  return lines.find((line) => line.path === path)
}

test('a stream is logged with the time until it opened, so it never counts as a slow page', async () => {
  const app = await start()
  const gone = new AbortController()
  const { status } = await fetch(`${app.url}/events`, { signal: gone.signal })
  expect(status).toBe(200)
  const nowMs = performance.now()
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs + AN_HOUR_MS)
  gone.abort()
  expect((await lineOf('/events'))?.ms).toBeLessThan(AN_HOUR_MS)
  expect(counted.find(({ route }) => route === '/events')?.durationMs).toBeLessThan(AN_HOUR_MS)
})

test('a client that leaves before the answer is counted as 499, not as answered', async () => {
  let isLoading = false
  const front = () => {
    isLoading = true
    return new Promise<PageLoad>(() => {})
  }
  const { port } = await start({ front })
  const leaving = connect(port, '127.0.0.1')
  leaving.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await until('it is loading', () => isLoading)
  leaving.destroy()
  expect(await lineOf('/')).toMatchObject({ status: 499, level: 'info' })
  expect(counted).toMatchObject([{ route: '/', status: 499 }])
})

test('what machines load every few seconds is logged at debug, unless something is wrong', async () => {
  let obstacle: string | undefined
  const status = () => Promise.reject(new Error('broken'))
  const app = await start({}, { status, findObstacle: async () => obstacle })
  const levelOf = async (path: string) => {
    lines = []
    await (await fetch(app.url + path)).text()
    return (await lineOf(path))?.level
  }
  for (const path of ['/healthz', '/readyz', '/metrics', `${ASSETS_PATH}/styles.css`])
    expect([path, await levelOf(path)]).toEqual([path, 'debug'])
  expect(await levelOf('/')).toBe('info')
  obstacle = 'not migrated'
  expect(await levelOf('/readyz')).toBe('warn')
  expect(await levelOf('/status')).toBe('error')
  expect(await levelOf(`${ASSETS_PATH}/nope.css`)).toBe('info')
})

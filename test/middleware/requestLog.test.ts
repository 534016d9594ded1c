import { jest } from '@jest/globals'
import { createLog, type Logger } from '../../src/process/log.js'
import { until } from '../support/poll.js'
import { startScriptedApp } from '../support/scriptedApp.js'

const AN_HOUR_MS = 3_600_000

afterEach(() => jest.restoreAllMocks())

test('a stream is logged with the time until it opened, so it never counts as a slow page', async () => {
  const lines: { readonly path: string; readonly ms: number }[] = []
  const log: Logger = createLog({ logLevel: 'silent', isProduction: true })
  log.isLevelEnabled = () => true
  log.info = (values: unknown) => void lines.push(values as (typeof lines)[number])
  const countedMs = new Map<string, number>()
  const requests = {
    onRequest: (route: string, _status: number, durationMs: number) => void countedMs.set(route, durationMs),
  }
  const app = await startScriptedApp({}, { log, requests })
  const gone = new AbortController()
  const { status } = await fetch(`${app.url}/events`, { signal: gone.signal })
  expect(status).toBe(200)
  const nowMs = performance.now()
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs + AN_HOUR_MS)
  gone.abort()
  await until('it is logged', () => lines.some(({ path }) => path === '/events'))
  const [{ ms } = { ms: Number.NaN }] = lines.filter(({ path }) => path === '/events')
  expect(ms).toBeLessThan(AN_HOUR_MS)
  expect(countedMs.get('/events')).toBeLessThan(AN_HOUR_MS)
})

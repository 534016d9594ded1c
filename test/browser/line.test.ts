import { once } from 'node:events'
import { createServer, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ENGINES, enter, fallsSilent, fill, says, shows, textOf, typed } from '../support/browser.js'
import { FaultyProxy } from '../support/FaultyProxy.js'
import { until } from '../support/poll.js'
import { app, useApp } from '../support/useApp.js'
import { browser, useBrowser } from './useBrowser.js'

/** The contract's 30 s, and what a busy machine takes. */
const SILENCE_DEADLINE_MS = 45_000

useApp()

beforeEach(() => app.empty())

describe.each(ENGINES)('in %s:', (engine) => {
  useBrowser(engine)

  test('seven windows of one browser share one stream, and the seventh works like the first', async () => {
    const first = await browser.open(app.url)
    const others = []
    for (let i = 2; i <= 7; i++) others.push(await browser.openBeside(first, app.url))
    const seventh = others.at(-1) ?? first
    await enter(seventh, 'from the seventh')
    await shows(seventh, ['from the seventh'])
    for (const page of [first, ...others]) {
      await until('a window in the background has it in its title', async () =>
        (await page.title()).startsWith('(1) '),
      )
    }
    await first.bringToFront()
    await shows(first, ['from the seventh'])
    // The server hears a moment later of one that a window has given up.
    await until('one stream is open', () => app.services.events.count === 1)
    await browser.closeWindows()
    await until('the stream is closed', () => app.services.events.count === 0, 20_000)
  }, 90_000)

  test('a connection that dies silently is noticed, and once it works the page is current again', async () => {
    const proxy = await FaultyProxy.start(app.port)
    const page = await browser.open(`http://127.0.0.1:${proxy.port}`)
    await until('the page listens', () => app.services.events.count === 1)
    await proxy.setFault({ kind: 'swallow' })
    await app.add('meanwhile')
    await enter(page, 'sent into silence')
    await says(page, '#lost', 'The connection is lost', SILENCE_DEADLINE_MS)
    expect(await textOf(page, '#queue')).toBe('')
    await proxy.heal()
    await fallsSilent(page, '#lost')
    await shows(page, ['meanwhile', 'sent into silence'])
    expect((await app.queue()).length).toBe(2)
    await proxy.close()
  }, 120_000)

  test('if a proxy holds the stream back, the page says so and polls', async () => {
    const frontend = await startFrontend(isStream, () => {})
    const page = await browser.open(frontend.url)
    await says(page, '#lost', 'Live updates don’t get through.', SILENCE_DEADLINE_MS)
    await app.add('seen all the same')
    await shows(page, ['seen all the same'])
    await frontend.close()
  }, 90_000)

  test('the stream works later if its script could not be loaded at first', async () => {
    let refusals = 1
    const frontend = await startFrontend(
      (path) => path.endsWith('/stream.js') && refusals-- > 0,
      (response) => response.writeHead(503).end(),
    )
    await browser.open(frontend.url)
    const isOpen = () => refusals < 0 && app.services.events.count === 1
    await until('it was asked for again, and the page listens', isOpen, SILENCE_DEADLINE_MS)
    await frontend.close()
  }, 90_000)

  test('a window of an earlier release reloads itself once, and not while something is typed', async () => {
    let assets = 'a-later-one'
    const streams: ServerResponse[] = []
    const tell = (response: ServerResponse) =>
      response.write(`event: release\ndata: ${JSON.stringify({ assets })}\n\n`)
    const frontend = await startFrontend(isStream, (response) => {
      streams.push(response)
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      tell(response)
    })
    const page = await browser.open(frontend.url)
    // The reload brings the same page, so it only says so then: else it would reload for ever.
    await says(page, '#release', 'There is a new version of this page.')
    expect(await page.evaluate('performance.getEntriesByType("navigation")[0].type')).toBe('reload')
    await page.evaluate('document.getElementById("release").replaceChildren()')
    await fill(page, 'half a sent')
    assets = 'a-still-later-one'
    for (const response of streams) tell(response)
    await says(page, '#release', 'There is a new version of this page.')
    expect(await typed(page)).toBe('half a sent')
    await frontend.close()
  })

  test('a window of an earlier release says so to a visitor who blocks all storage', async () => {
    const frontend = await startFrontend(isStream, (response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('event: release\ndata: {"assets":"a-later-one"}\n\n')
    })
    const page = await browser.open('about:blank')
    await page.evaluateOnNewDocument(`Object.defineProperty(window, 'sessionStorage', {
      get() { throw new DOMException('blocked', 'SecurityError') },
    })`)
    await page.goto(frontend.url)
    await says(page, '#release', 'There is a new version of this page.')
    expect(await page.evaluate('performance.getEntriesByType("navigation")[0].type')).toBe('navigate')
    await frontend.close()
  })
})

describe('in chrome:', () => {
  useBrowser()

  test('if the worker that all windows share has ended, a window starts another', async () => {
    const page = await browser.open(app.url)
    await until('the page listens', () => app.services.events.count === 1)
    // As with the window that started it, if that crashes.
    const worker = page
      .browser()
      .targets()
      .find((target) => target.type() === 'shared_worker')
    await (await worker?.worker())?.close()
    await until('the worker has ended', () => app.services.events.count === 0)
    await page.evaluate('dispatchEvent(new Event("offline"))') // else the page would notice after 25 s
    await says(page, '#lost', 'Live updates don’t get through.')
    await until('the page listens again', () => app.services.events.count === 1)
    await fallsSilent(page, '#lost')
  })
})

interface Frontend {
  readonly url: string
  close(): Promise<void>
}

const isStream = (path: string) => path === '/events'

/** A proxy that answers some requests itself or not at all, and passes all others on. */
async function startFrontend(
  isOwn: (path: string) => boolean,
  answerOwn: (response: ServerResponse) => void,
): Promise<Frontend> {
  const server: Server = createServer((incoming, response) => {
    if (isOwn(incoming.url ?? '')) {
      answerOwn(response)
      return
    }
    const { method, url, headers } = incoming
    const passed = request({ host: '127.0.0.1', port: app.port, method, path: url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(passed)
    response.once('close', () => passed.destroy()) // a stream has no other end
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await once(server.close(), 'close')
    },
  }
}

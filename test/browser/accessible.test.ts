import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { enter, says, shows, TestBrowser, texts } from '../support/browser.js'
import { freePort } from '../support/freePort.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const NARROW = { viewport: { width: 320, height: 640 } }

let app: TestApp
let lost: TestApp
let browser: TestBrowser

beforeAll(async () => {
  app = await startTestApp({ PAGE_SIZE: '20' })
  lost = await startTestApp({ DATABASE_URL: `postgres://nobody@127.0.0.1:${await freePort()}/none` })
  browser = await TestBrowser.start()
})

beforeEach(() => app.empty())

afterEach(async () => {
  await browser.closeWindows()
  expect(browser.faults).toEqual([])
})

afterAll(async () => {
  await browser.close()
  await lost.close()
  await app.close()
})

async function fill(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await app.add(`item ${i}`)
}

async function violations(page: Page): Promise<unknown> {
  await page.evaluate(AXE)
  return await page.evaluate(`axe.run({ runOnly: ${JSON.stringify(TAGS)} }).then(({ violations }) =>
    violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`)
}

const STATES: [name: string, bring: (options: object) => Promise<Page>][] = [
  ['empty', (options) => browser.open(app.url, options)],
  ['full', (options) => fill(25).then(() => browser.open(app.url, options))],
  [
    'further down',
    async (options) => {
      await fill(25)
      const page = await browser.open(app.url, options)
      await page.click('a[rel=next]')
      await page.waitForURL('**/?after=*')
      return page
    },
  ],
  [
    'a refused text',
    async (options) => {
      const page = await browser.open(app.url, options)
      await enter(page, 'x'.repeat(201))
      await says(page, '#problem', 'Use at most')
      return page
    },
  ],
  [
    'an item added and one taken off',
    async (options) => {
      const page = await browser.open(app.url, options)
      await enter(page, 'something')
      await says(page, '#said', 'Added as number 1 in line.')
      return page
    },
  ],
  ['no such page', (options) => browser.open(`${app.url}/nope`, options)],
  ['a query that makes no sense', (options) => browser.open(`${app.url}/?after=x`, options)],
  ['no Postgres, and nothing known', (options) => browser.open(lost.url, options)],
  [
    'Postgres down',
    async (options) => {
      await app.add('known')
      const page = await browser.open(app.url, { ...options, javaScriptEnabled: true })
      await page.route(
        (url) => url.pathname === '/',
        async (route) => {
          const response = await route.fetch()
          const { snapshot } = await app.services.queue.front()
          expect(snapshot.length).toBe(1)
          await route.fulfill({ response, body: asLastKnown(await response.text()) })
        },
      )
      await page.reload()
      return page
    },
  ],
]

/** The page as it is sent while Postgres is away (test/browser/live.test.ts takes it away in earnest). */
function asLastKnown(html: string): string {
  const notice = '<strong>This is the line as last known.</strong> <a href="/">Look again</a>'
  return html
    .replace(/(<div id="notice"[^>]*>)/, `$1${notice}`)
    .replaceAll(/<button id="(add|remove)"/g, '$& disabled')
}

describe.each(['light', 'dark'] as const)('axe finds nothing in the %s page:', (colorScheme) => {
  test.each(STATES)('%s', async (_name, bring) => {
    const page = await bring({ colorScheme })
    expect(await violations(page)).toEqual([])
  })
})

test.each(STATES)(
  'no wider than a window of 320 px, which is one of 1280 enlarged four times: %s',
  async (_name, bring) => {
    const page = await bring(NARROW)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  },
)

test('all that a finger may want to touch is at least 44 px high and wide', async () => {
  await fill(25)
  const page = await browser.open(app.url, { ...NARROW, hasTouch: true, isMobile: true })
  const targets = await page.locator('a, button, input').all()
  expect(targets.length).toBeGreaterThan(4)
  for (const target of targets) {
    const box = await target.boundingBox()
    expect([await target.textContent(), Math.min(box?.height ?? 0, box?.width ?? 0) >= 44]).toEqual([
      expect.anything(),
      true,
    ])
  }
})

test('the keyboard alone will do, and what has the focus is seen to have it', async () => {
  await app.add('first')
  const page = await browser.open(app.url)
  const outline = () => page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
  const focus = async (id: string) => {
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab')
      expect(await outline()).toBe('solid')
      if ((await page.evaluate('document.activeElement.id')) === id) return
    }
    throw new Error(`Tab never came to #${id}`)
  }
  await focus('text')
  await page.keyboard.type('second')
  await page.keyboard.press('Enter')
  await shows(page, ['first', 'second'])
  await focus('remove')
  await page.keyboard.press('Space')
  await shows(page, ['second'])
})

test('whoever wants less motion gets none', async () => {
  const page = await browser.open(app.url, { reducedMotion: 'reduce' })
  await app.add('something')
  await shows(page, ['something'])
  expect(await page.evaluate('document.getAnimations().length')).toBe(0)
})

test('on paper there is the line and nothing to press', async () => {
  await app.add('something')
  const page = await browser.open(app.url)
  await page.emulateMedia({ media: 'print' })
  expect(await page.isVisible('form, nav')).toBe(false)
  expect(await page.isVisible('#queue li')).toBe(true)
  expect(await texts(page)).toEqual(['something'])
})

test('nothing moves that nobody touched, and a first visit is under 30 kB, all from here', async () => {
  for (let i = 0; i < 20; i++) await app.add(`A text of the usual length ${i}`)
  const page = await browser.open('about:blank')
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  const hosts = new Set<string>()
  page.on('request', (request) => hosts.add(new URL(request.url()).origin))
  await page.goto(app.url)
  await says(page, '#origin', 'This page: from ')
  await page.waitForLoadState()
  expect([...hosts]).toEqual([app.url])
  expect(bytes).toBeGreaterThan(1_000)
  expect(bytes).toBeLessThan(30_000)
  await app.add('what somebody else adds')
  await says(page, '#queue + #below', 'Further down the line')
  const shift = await page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) =>
    resolve(list.getEntries().filter((entry) => !entry.hadRecentInput).reduce((sum, entry) => sum + entry.value, 0)))
    .observe({ type: 'layout-shift', buffered: true }) ?? setTimeout(resolve, 300, 0))`)
  expect(shift).toBe(0)
})

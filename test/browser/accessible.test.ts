import { spoken, violations } from '../support/accessibility.js'
import {
  attribute,
  enter,
  focused,
  intercept,
  type Page,
  press,
  says,
  shows,
  TestBrowser,
  texts,
  type WindowOptions,
} from '../support/browser.js'
import { freePort } from '../support/freePort.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

const NARROW = { width: 320, height: 640 }
/** With all headers. */
const MAX_FIRST_VISIT_BYTES = 20_000

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

const STATES: [name: string, bring: (options: WindowOptions) => Promise<Page>][] = [
  ['empty', (options) => browser.open(app.url, options)],
  ['full', (options) => fill(25).then(() => browser.open(app.url, options))],
  [
    'further down',
    async (options) => {
      await fill(25)
      const page = await browser.open(app.url, options)
      await Promise.all([page.waitForNavigation(), page.click('a[rel=next]')])
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
    'an item added',
    async (options) => {
      const page = await browser.open(app.url, options)
      await enter(page, 'something')
      await says(page, '#said', 'Added as number 1 in line.')
      return page
    },
  ],
  [
    'a long item taken off',
    async (options) => {
      await app.add('W'.repeat(200))
      const page = await browser.open(app.url, options)
      await press(page, '#remove')
      await says(page, '#said', 'Add it again')
      return page
    },
  ],
  [
    'an item on its way, and one that was refused',
    async (options) => {
      const page = await browser.open(app.url, options)
      let isFirst = true
      await intercept(page, '/add', async (request) => {
        if (!isFirst) return
        isFirst = false
        await until('the next one is typed', async () => (await page.$$('#pending li')).length === 2)
        await request.respond({ status: 422, body: '<p id="problem">Not this one.</p>' })
      })
      await enter(page, 'refused')
      await enter(page, 'on its way')
      await page.type('#text', 'the one after')
      await until('the first was answered', () => !isFirst)
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
      const html = asLastKnown(await app.html())
      const page = await browser.open('about:blank', options)
      await intercept(page, '/', (request) =>
        request.respond({ status: 200, contentType: 'text/html', body: html }),
      )
      await page.goto(app.url)
      return page
    },
  ],
]

/** The page as it is sent while Postgres is down (test/browser/live.test.ts really takes it down). */
function asLastKnown(html: string): string {
  const notice = '<strong>This is the last known state of the line.</strong> <a href="/">Look again</a>'
  return html
    .replace(/(<div id="notice"[^>]*>)/, `$1${notice}`)
    .replace('data-current="true"', 'data-current="false"')
    .replaceAll('aria-disabled="false"', 'aria-disabled="true"')
}

describe.each(['light', 'dark'] as const)('axe finds nothing in the %s page:', (scheme) => {
  test.each(STATES)('%s', async (_name, bring) => {
    const page = await bring({ features: { 'prefers-color-scheme': scheme } })
    expect(await violations(page)).toEqual([])
  })
})

test.each(STATES)(
  'no wider than a window of 320 px, which is one of 1280 enlarged four times: %s',
  async (_name, bring) => {
    const page = await bring(NARROW)
    const { scrollWidth, clientWidth } = await page.$eval('html', (html) => ({
      scrollWidth: html.scrollWidth,
      clientWidth: html.clientWidth,
    }))
    expect(clientWidth).toBeGreaterThan(0)
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth) // less by the room kept for a scroll bar
  },
)

test('every touch target is at least 44 px high and wide', async () => {
  await fill(25)
  const page = await browser.open(app.url, NARROW)
  await press(page, '#remove')
  await says(page, '#said', 'Add it again')
  const sizes = await page.$$eval('a, button, input:not([type=hidden])', (targets) =>
    targets.map((target) => {
      const { width, height } = target.getBoundingClientRect()
      return [target.textContent, Math.min(width, height)] as const
    }),
  )
  expect(sizes.length).toBeGreaterThan(4)
  expect(sizes.filter(([, size]) => size < 44)).toEqual([])
})

test('the keyboard is enough, and the focus is always visible', async () => {
  await app.add('first')
  const page = await browser.open(app.url)
  const focus = async (id: string) => {
    for (let i = 0; i < 10; i++) {
      await page.keyboard.press('Tab')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
      if ((await focused(page)) === id) return
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
  expect(await focused(page)).toBe('remove')
})

test('nothing moves for a visitor who prefers reduced motion', async () => {
  const page = await browser.open(app.url, { features: { 'prefers-reduced-motion': 'reduce' } })
  await app.add('something')
  await shows(page, ['something'])
  expect(await page.evaluate('document.getAnimations().length')).toBe(0)
})

test('on paper there is the line, its length and the time, and no buttons', async () => {
  await fill(25)
  const page = await browser.open(app.url)
  await page.emulateMediaType('print')
  const isVisible = (selector: string) =>
    page.$$eval(selector, (all) => all.some((one) => one.checkVisibility()))
  expect(await isVisible('button, input, nav')).toBe(false)
  expect(await isVisible('#queue li')).toBe(true)
  expect(await texts(page)).toHaveLength(20)
  const paper = String(await page.evaluate('document.body.innerText'))
  expect(paper).toContain('25 items in line')
  expect(paper).toContain('These are the first 20.')
  expect(paper).toMatch(/As it was on \w+ \d+, 20\d\d/)
})

test('the items are numbered from 1, also after the first is taken off, here or elsewhere', async () => {
  await fill(4)
  const page = await browser.open(app.url)
  expect(await spoken(page, '#queue')).toBe('1 item 0 next 2 item 1 3 item 2 4 item 3')
  await press(page, '#remove')
  await shows(page, ['item 1', 'item 2', 'item 3'])
  expect(await spoken(page, '#queue')).toBe('1 item 1 next 2 item 2 3 item 3')
  await app.remove()
  await shows(page, ['item 2', 'item 3'])
  expect(await spoken(page, '#queue')).toBe('1 item 2 next 2 item 3')
})

test('in the system’s own colours each ticket has a whole border', async () => {
  await fill(3)
  const page = await browser.open(app.url)
  const session = await page.createCDPSession()
  const features = [{ name: 'forced-colors', value: 'active' }]
  await session.send('Emulation.setEmulatedMedia', { features })
  const borders = await page.evaluate(`[...document.querySelectorAll('#queue li')].map((item) => {
    const { maskImage, borderTopStyle, borderTopColor, backgroundColor } = getComputedStyle(item)
    return [maskImage, borderTopStyle, borderTopColor !== backgroundColor]
  })`)
  expect(borders).toEqual(Array(3).fill(['none', 'solid', true]))
})

test('a visitor who goes back finds the page as it was left, without loading it again, and it follows the line', async () => {
  const page = await browser.open(app.url)
  const other = await browser.openBeside(page, app.url)
  await page.evaluate(`document.body.dataset.left = 'here'`)
  await page.bringToFront()
  await page.goto(`${app.url}/nope`)
  await other.bringToFront()
  await app.add('meanwhile') // a message to the page that was left would throw it away
  await shows(other, ['meanwhile'])
  await page.evaluate('history.back()')
  await page.bringToFront()
  await shows(page, ['meanwhile'])
  expect(await attribute(page, 'body', 'data-left')).toBe('here')
})

test('a link to the page has a picture, and each icon that browsers ask for is there', async () => {
  const page = await browser.open(app.url)
  for (const [selector, name] of [
    ['meta[property="og:image"]', 'content'],
    ['link[rel=icon][sizes]', 'href'],
    ['link[rel=apple-touch-icon]', 'href'],
  ] as const) {
    const answer = await app.get((await attribute(page, selector, name)) ?? '')
    expect([selector, answer.status, answer.headers['content-type']]).toEqual([
      selector,
      200,
      expect.stringMatching(/^image\//),
    ])
  }
})

test('the layout does not shift, and the page with its scripts is under 20 kB, from this server only', async () => {
  for (let i = 0; i < 20; i++) await app.add(`A text of the usual length ${i}`)
  const page = await browser.open('about:blank')
  const session = await page.createCDPSession()
  await session.send('Network.enable')
  let bytes = 0
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  const hosts = new Set<string>()
  page.on('request', (request) => hosts.add(new URL(request.url()).origin))
  await page.goto(app.url, { waitUntil: 'networkidle0' })
  await says(page, '#origin', 'This page: from ')
  expect([...hosts]).toEqual([app.url])
  expect(bytes).toBeGreaterThan(1_000)
  expect(bytes).toBeLessThan(MAX_FIRST_VISIT_BYTES)
  await app.add('what somebody else adds')
  await says(page, '#below', 'Further down the line')
  const shift = await page.evaluate(`new Promise((resolve) => new PerformanceObserver((list) =>
    resolve(list.getEntries().filter((entry) => !entry.hadRecentInput).reduce((sum, entry) => sum + entry.value, 0)))
    .observe({ type: 'layout-shift', buffered: true }) ?? setTimeout(resolve, 300, 0))`)
  expect(shift).toBe(0)
})

import { readdirSync, readFileSync } from 'node:fs'
import { attribute, says, shows, texts } from '../support/browser.js'
import { app, useApp } from '../support/useApp.js'
import { browser, useBrowser } from './useBrowser.js'

/** With all headers. */
const MAX_FIRST_VISIT_BYTES = 20_000

useApp({ PAGE_SIZE: '20' })

beforeEach(() => app.empty())

useBrowser()

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

test('on paper there is the line, its length and the time, and no buttons', async () => {
  for (let i = 0; i < 25; i++) await app.add(`item ${i}`)
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

// A static test: the browsers here all know it. One that doesn't drops every colour that uses it.
test('older browsers have colours too: no style sheet needs light-dark()', () => {
  const sheets = readdirSync('public').filter((name) => name.endsWith('.css'))
  expect(sheets).toContain('styles.css')
  for (const sheet of sheets) {
    const rules = readFileSync(`public/${sheet}`, 'utf8').replace(/\/\*.*?\*\//gs, '')
    expect([sheet, rules]).toEqual([sheet, expect.not.stringContaining('light-dark(')])
  }
})

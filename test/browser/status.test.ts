import { contrastsWith, violations } from '../support/accessibility.js'
import { fallsSilent, listenTo, type Page, says, textOf } from '../support/browser.js'
import { NOWHERE } from '../support/database.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { browser, useBrowser } from './useBrowser.js'

/** Without JavaScript. */
const REFRESH_MS = 10_000
const SCHEME = 'prefers-color-scheme'

let busy: TestApp
let unwell: TestApp

useBrowser()

beforeAll(async () => {
  busy = await startTestApp({ FRESHNESS_LEASE_MS: '0' })
  await makeTraffic(busy)
  unwell = await startTestApp({ DATABASE_URL: NOWHERE, MEMCACHIER_SERVERS: '127.0.0.1:1' })
})

afterAll(async () => {
  await busy.close()
  await unwell.close()
})

/** Something of everything that the plots show. */
async function makeTraffic(app: TestApp): Promise<void> {
  await app.queue() // a miss
  for (let load = 0; load < 20; load++) await app.queue()
  await app.add('one')
  // On a busy machine memcached may answer too late once, and then nothing is refused.
  await until('an entry is refused as stale', async () => {
    await app.sql('insert into item (text) values ($1)', ['past the cache'])
    return (await app.get('/')).headers['cache-status']?.includes('fwd=stale') ?? false
  })
  await app.queue('/?after=1') // past the cache
}

const STATES: [name: string, url: () => string][] = [
  ['all well', () => `${busy.url}/status`],
  ['held, with tables', () => `${busy.url}/status?refresh=off`],
  ['Postgres and memcache away', () => `${unwell.url}/status`],
]
const APPEARANCES = [390, 1280].flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => [width, scheme] as const),
)

describe.each(STATES)('%s', (_, url) => {
  test.each(APPEARANCES)(
    'has nothing that axe finds wrong, and fits: %d px, %s',
    async (width, colorScheme) => {
      const page = await browser.open(url(), { width, features: { [SCHEME]: colorScheme } })
      expect(await violations(page)).toEqual([])
      expect(await page.$eval('html', (html) => html.scrollWidth)).toBeLessThanOrEqual(width)
    },
  )
})

test('each plot has a name, a summary in words, and bars', async () => {
  const page = await browser.open(`${busy.url}/status`)
  const plots = await page.$$eval('svg[role=img]', (all) =>
    all.map((plot) => ({
      name: plot.querySelector('title')?.textContent ?? '',
      summary:
        plot.ownerDocument.getElementById(plot.getAttribute('aria-describedby') ?? '')?.textContent ?? '',
      bars: plot.querySelectorAll('rect').length,
    })),
  )
  expect(plots).toHaveLength(4)
  expect(plots[0]?.name).toBe('Page loads over time, by what the cache did for them')
  expect(plots[0]?.bars).toBeGreaterThanOrEqual(4)
  for (const { name, summary, bars } of plots) {
    expect(name).toMatch(/./)
    expect(summary).toMatch(/\d/)
    expect(bars).toBeGreaterThan(0)
  }
})

test.each([320, 390, 1280])('no mark below a plot covers another: %d px', async (width) => {
  const page = await browser.open(`${busy.url}/status`, { width })
  const gaps = await page.evaluate(`[...document.querySelectorAll('.scale')].flatMap((scale) => {
    const marks = [...scale.children].map((mark) => {
      const text = document.createRange()
      text.selectNodeContents(mark)
      return text.getBoundingClientRect()
    }).filter((mark) => mark.width > 0)
    return marks.slice(1).map((mark, index) => mark.left - marks[index].right)
  })`)
  expect(gaps).not.toEqual([])
  expect(Math.min(...(gaps as number[]))).toBeGreaterThan(3)
})

test.each(['light', 'dark'] as const)(
  'every colour stands out from what is behind it: %s',
  async (colorScheme) => {
    const page = await browser.open(`${busy.url}/status`, { features: { [SCHEME]: colorScheme } })
    const contrasts = await contrastsWith(page, 'main section', '.swatch')
    expect(contrasts).toHaveLength(4)
    // https://www.w3.org/TR/WCAG22/#non-text-contrast
    expect(Math.min(...contrasts)).toBeGreaterThanOrEqual(3)
  },
)

test('follows within seconds, and leaves the keyboard focus where it is', async () => {
  const page = await browser.open(`${busy.url}/status`)
  await page.focus('a[href="/status?refresh=off"]')
  await addAndWait(page)
  expect(await page.$eval(':focus', (link) => link.getAttribute('href'))).toBe('/status?refresh=off')
})

test('follows without JavaScript too', async () => {
  const page = await browser.open(`${busy.url}/status`, { javaScript: false })
  await addAndWait(page)
})

test('says once that nothing answers, until something does', async () => {
  const page = await browser.open(`${busy.url}/status`)
  const heard = await listenTo(page, '#no-answer')
  let failures = 0
  page.on('requestfailed', () => failures++)
  await page.setOfflineMode(true)
  await says(page, '#no-answer', 'No answer.')
  await until('it has tried again', () => failures > 2)
  expect(await heard()).toHaveLength(1)
  await page.setOfflineMode(false)
  await fallsSilent(page, '#no-answer')
})

test('stays with one process if another answers now and then, until only others answer', async () => {
  const page = await browser.open(`${busy.url}/status`)
  let answers = 0
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    answers++
    void request.respond({ contentType: 'text/html', body: '<body data-process="web:0"><h1>Another</h1>' })
  })
  await until('another process has answered', () => answers > 2)
  expect(await textOf(page, 'h1')).toBe('All is well')
  await says(page, 'h1', 'Another', 30_000)
})

/** Adds an item, and waits until the page counts it. */
async function addAndWait(page: Page): Promise<void> {
  const before = await textOf(page, '#writes-summary')
  await busy.add('one more')
  await until(
    'it is counted',
    async () => (await textOf(page, '#writes-summary')) !== before,
    REFRESH_MS + 10_000,
  )
}

test('can be held with a link, and released with another', async () => {
  const page = await browser.open(`${busy.url}/status`, { javaScript: false })
  await Promise.all([page.waitForNavigation(), page.click('a[href="/status?refresh=off"]')])
  await says(page, '#tables', 'The plots as tables')
  await Promise.all([page.waitForNavigation(), page.click('a[href="/status"]')])
  await says(page, 'body', 'This page refreshes itself.')
})

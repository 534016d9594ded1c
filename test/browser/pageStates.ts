import { enter, intercept, type Page, press, says, type WindowOptions } from '../support/browser.js'
import { NOWHERE } from '../support/database.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { app, useApp } from '../support/useApp.js'
import { browser } from './useBrowser.js'

/** An app that never reached its Postgres. */
let lost: TestApp

useApp({ PAGE_SIZE: '20' })

beforeEach(() => app.empty())

beforeAll(async () => {
  lost = await startTestApp({ DATABASE_URL: NOWHERE })
})

afterAll(() => lost.close())

export async function fill(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await app.add(`item ${i}`)
}

/** No browser breaks a line inside it. */
const ACCENTED = `Z${'\u0336\u0489\u030d'.repeat(66)}`

/** Each state that the page can be in, and how a visitor comes to see it. */
export const STATES: [name: string, bring: (options: WindowOptions) => Promise<Page>][] = [
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
    'a letter under 198 accents taken off, and another in line',
    async (options) => {
      await app.add(ACCENTED)
      await app.add(ACCENTED)
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
      await enter(page, ACCENTED)
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

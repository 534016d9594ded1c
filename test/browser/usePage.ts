import type { Engine, Page } from '../support/browser.js'
import { startTestApp, type TestApp } from '../support/testApp.js'
import { browser, useBrowser } from './useBrowser.js'

/** The app of the test file. When a test begins there is one item in the queue, `first`, and the page shows it. */
export let app: TestApp
export let page: Page

beforeAll(async () => {
  app = await startTestApp({ PAGE_SIZE: '5' })
})

afterAll(() => app.close())

/** Opens the page before each test of this `describe`. */
export function usePage(engine: Engine): void {
  useBrowser(engine)

  beforeEach(async () => {
    await app.empty()
    await app.add('first')
    page = await browser.open(app.url)
    // Gone as soon as the page is loaded again.
    await page.evaluate('window.stillHere = true')
  })
}

export async function isSamePage(): Promise<boolean> {
  return (await page.evaluate('window.stillHere === true')) === true
}

/** What the queue has, whatever the page shows. */
export async function inLine(): Promise<string[]> {
  return (await app.queue()).items.map((item) => item.text)
}

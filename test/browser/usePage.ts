import type { Engine, Page } from '../support/browser.js'
import { app, useApp } from '../support/useApp.js'
import { browser, useBrowser } from './useBrowser.js'

export let page: Page

useApp({ PAGE_SIZE: '5' })

/** Opens the page before each test of this `describe`. It shows the one item in the queue, `first`. */
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

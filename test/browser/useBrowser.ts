import { type Engine, TestBrowser } from '../support/browser.js'

/** The browser of the tests that run. */
export let browser: TestBrowser

/** Starts it for the tests of this file or `describe`. After each test no window may have had a fault. */
export function useBrowser(engine?: Engine): void {
  beforeAll(async () => {
    browser = await TestBrowser.start(engine)
  })

  afterEach(async () => {
    await browser.closeWindows()
    expect(browser.faults).toEqual([])
  })

  afterAll(() => browser.close())
}

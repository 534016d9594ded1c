import { isDeepStrictEqual } from 'node:util'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { until } from './poll.js'

const EXECUTABLE = '/usr/bin/chromium'
const ARGS = ['--no-sandbox', '--disable-background-networking']
/** A busy machine takes its time; what is right comes at once. */
const DEADLINE_MS = 10_000

/** A real browser, with windows that don't know of each other. */
export class TestBrowser {
  /** What went wrong in any window: errors of scripts, and all that the content security policy stopped. */
  readonly faults: string[] = []
  readonly #browser: Browser

  static async start(): Promise<TestBrowser> {
    return new TestBrowser(await chromium.launch({ executablePath: EXECUTABLE, args: ARGS }))
  }

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext(options)
    context.setDefaultTimeout(DEADLINE_MS)
    const page = await context.newPage()
    page.on('pageerror', (error) => this.faults.push(String(error)))
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.faults.push(message.text())
    })
    await page.goto(url)
    return page
  }

  /** Closes all windows. */
  async closeWindows(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()))
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}

/** The texts of the items on the page, in their order. */
export function texts(page: Page): Promise<string[]> {
  return page.locator('#queue > li').allTextContents()
}

/** Waits until the page shows these items, and no others. */
export async function shows(page: Page, expected: readonly string[]): Promise<void> {
  let shown: string[] = []
  const isShown = async () => {
    shown = await texts(page)
    return isDeepStrictEqual(shown, expected)
  }
  await until(`the page shows ${expected}`, isShown, DEADLINE_MS).catch((error: Error) => {
    throw new Error(`${error.message}; it shows ${shown}`, { cause: error })
  })
}

/** Waits until an element has this in its text. */
export async function says(page: Page, selector: string, part: string): Promise<void> {
  await page.locator(selector).filter({ hasText: part }).waitFor({ state: 'attached' })
}

/** Types a text into the field and presses Enter. */
export async function enter(page: Page, text: string): Promise<void> {
  await page.fill('#text', text)
  await page.press('#text', 'Enter')
}

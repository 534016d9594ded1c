import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import puppeteer, { type Browser, type HTTPRequest, type LaunchOptions, type Page } from 'puppeteer-core'
import { until, untilEqual } from './poll.js'

export type { Page }

/** The engines that the page is tried in: Chromium by its own protocol, Firefox by WebDriver BiDi. */
export const ENGINES = ['chrome', 'firefox'] as const
export type Engine = (typeof ENGINES)[number]

export interface WindowOptions {
  readonly width?: number
  readonly height?: number
  /** Chromium only: Firefox has no command for it. */
  readonly javaScript?: boolean
  /** Media features such as `prefers-color-scheme`; Chromium only. */
  readonly features?: Readonly<Record<string, string>>
}

const LAUNCH: Record<Engine, LaunchOptions> = {
  chrome: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-background-networking'] },
  firefox: { executablePath: '/usr/bin/firefox-esr' },
}
/** For a busy machine. Usually the result comes at once. */
const DEADLINE_MS = 10_000
const CSP_FAULT = 'Content Security Policy:'

/** A real browser, whose windows know nothing of each other unless they are opened beside one another. */
export class TestBrowser {
  /** Errors of scripts in any window, and everything that the content security policy blocked. */
  readonly faults: string[] = []
  readonly #browser: Browser

  static async start(engine: Engine = 'chrome'): Promise<TestBrowser> {
    return new TestBrowser(await puppeteer.launch({ browser: engine, ...LAUNCH[engine] }))
  }

  /** One that blocks all cookies, and so all storage. @param profile an empty folder, for Chromium */
  static async startWithoutCookies(engine: Engine, profile: string): Promise<TestBrowser> {
    const settings = { profile: { default_content_setting_values: { cookies: 2 } } }
    await mkdir(join(profile, 'Default'))
    await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(settings))
    const blocking: Record<Engine, LaunchOptions> = {
      chrome: { userDataDir: profile },
      firefox: { extraPrefsFirefox: { 'network.cookie.cookieBehavior': 2 } },
    }
    return new TestBrowser(
      await puppeteer.launch({ browser: engine, ...LAUNCH[engine], ...blocking[engine] }),
    )
  }

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  /** A window of a browser profile of its own. */
  async open(url: string, options: WindowOptions = {}): Promise<Page> {
    return await this.#openIn(await this.#browser.createBrowserContext(), url, options)
  }

  /** Another window of the same profile, with which it shares its connections to the server. */
  async openBeside(page: Page, url: string, options: WindowOptions = {}): Promise<Page> {
    return await this.#openIn(page.browserContext(), url, options)
  }

  async #openIn(
    context: { newPage(): Promise<Page> },
    url: string,
    { width = 1280, height = 800, javaScript = true, features = {} }: WindowOptions,
  ): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(DEADLINE_MS)
    page.on('pageerror', (error) => this.faults.push(String(error)))
    page.on('console', (message) => {
      if (message.text().startsWith(CSP_FAULT)) this.faults.push(message.text())
    })
    await page.evaluateOnNewDocument(`addEventListener('securitypolicyviolation', (event) =>
      console.error('${CSP_FAULT}', event.violatedDirective, event.blockedURI))`)
    await page.setViewport({ width, height })
    if (!javaScript) await page.setJavaScriptEnabled(false)
    const wanted = Object.entries(features).map(([name, value]) => ({ name, value }))
    if (wanted.length > 0) await page.emulateMediaFeatures(wanted)
    await page.goto(url)
    return page
  }

  /** Closes all windows. */
  async closeWindows(): Promise<void> {
    const contexts = this.#browser.browserContexts()
    const own = contexts.filter((context) => context !== this.#browser.defaultBrowserContext())
    await Promise.all(own.map((context) => context.close()))
  }

  async close(): Promise<void> {
    await this.#browser.close()
  }
}

/** The texts of the items on the page, in their order. */
export async function texts(page: Page): Promise<string[]> {
  return await page.$$eval('#queue > li', (items) => items.map((item) => item.textContent ?? ''))
}

/** What an element has as its text. */
export async function textOf(page: Page, selector: string): Promise<string> {
  return await page.$eval(selector, (element) => element.textContent ?? '')
}

/** The text in the field. */
export async function typed(page: Page): Promise<string> {
  return String(await page.evaluate('document.getElementById("text").value'))
}

/** The id of the element that has the focus. */
export async function focused(page: Page): Promise<string> {
  return String(await page.evaluate('document.activeElement.id'))
}

export async function attribute(page: Page, selector: string, name: string): Promise<string | null> {
  return await page.$eval(selector, (element, wanted) => element.getAttribute(wanted), name)
}

/** Waits until the page shows these items, and no others. */
export async function shows(page: Page, expected: readonly string[]): Promise<void> {
  await untilEqual(`the page shows ${expected}`, () => texts(page), [...expected], DEADLINE_MS)
}

/** Waits until an element has this in its text. */
export async function says(
  page: Page,
  selector: string,
  part: string,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  let text = ''
  const isSaid = async () => {
    text = await textOf(page, selector)
    return text.includes(part)
  }
  await until(`${selector} says ${part}`, isSaid, deadlineMs).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${text}`, { cause: error })
  })
}

/** Waits until an element has no text. */
export async function fallsSilent(page: Page, selector: string, deadlineMs = DEADLINE_MS): Promise<void> {
  const isSilent = async () => (await textOf(page, selector)).trim() === ''
  await until(`${selector} has nothing to say`, isSilent, deadlineMs)
}

/** Listens to a live region as a screen reader does. @returns gives all that it has said since, repetitions too */
export async function listenTo(page: Page, selector: string): Promise<() => Promise<string[]>> {
  const region = `document.querySelector('${selector}')`
  await page.evaluate(`{
    const region = ${region}
    region.heard = []
    new MutationObserver(() => region.heard.push(region.textContent)).observe(region, { childList: true })
  }`)
  return async () => (await page.evaluate(`${region}.heard`)) as string[]
}

/** Replaces the text in the field. */
export async function fill(page: Page, text: string): Promise<void> {
  await page.focus('#text')
  await page.evaluate(`document.getElementById('text').value = ''`)
  // Typed key by key, 200 characters take seconds.
  if (text.length <= 20) await page.type('#text', text)
  else await page.evaluate(`document.getElementById('text').value = ${JSON.stringify(text)}`)
}

/** Types a text into the field and presses Enter. */
export async function enter(page: Page, text: string): Promise<void> {
  await fill(page, text)
  await page.keyboard.press('Enter')
}

/** Clicks on a button or link as soon as it can be used. */
export async function press(page: Page, selector: string): Promise<void> {
  const isReady = async () => (await attribute(page, selector, 'aria-disabled')) !== 'true'
  await until(`${selector} can be used`, isReady, DEADLINE_MS)
  await page.click(selector)
}

/** Where an element's centre is in the window. */
export async function centre(page: Page, selector: string): Promise<{ x: number; y: number }> {
  const box = await page.$eval(selector, (element) => element.getBoundingClientRect().toJSON())
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** By how much the page is wider than its window, without the room kept for a scroll bar. */
export async function overflow(page: Page): Promise<number> {
  return await page.$eval('html', (html) => Math.max(0, html.scrollWidth - html.clientWidth))
}

/**
 * Answers requests for a path in the server's place, or sends them on later.
 *
 * @param handle finishes the request: `respond`, `abort` or `continue`
 */
export async function intercept(
  page: Page,
  path: string,
  handle: (request: HTTPRequest) => Promise<void> | void,
): Promise<void> {
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    const isMeant = new URL(request.url()).pathname === path
    // A window that is closed meanwhile needs no answer.
    Promise.resolve(isMeant ? handle(request) : request.continue()).catch(() => undefined)
  })
}

import { violations } from '../support/accessibility.js'
import { ENGINES, type Engine, type Page, press, says, TestBrowser, textOf } from '../support/browser.js'
import { until } from '../support/poll.js'
import { RunningProcess } from '../support/RunningProcess.js'
import { PROJECT_FOLDER } from '../support/webProcess.js'

const START_DEADLINE_MS = 90_000
const TEST_DEADLINE_MS = 300_000
const FAULT_DEADLINE_MS = 100_000
const OPEN_DEADLINE_MS = 3_000

let lab: RunningProcess
let url: string

beforeAll(async () => {
  const command = ['--import', './test/support/typescript.js', 'lab/main.ts']
  const { PATH, HOME } = process.env
  lab = await RunningProcess.start(process.execPath, command, { cwd: PROJECT_FOLDER, env: { PATH, HOME } })
  const address = () => /Open (\S+)/.exec(lab.stdout.join('\n'))?.[1]
  await lab.ready(async () => address() !== undefined, START_DEADLINE_MS)
  url = address() ?? ''
}, START_DEADLINE_MS)

afterAll(() => lab.stop(), START_DEADLINE_MS)

async function stalePages(page: Page, way: string): Promise<number> {
  return Number((await textOf(page, `[data-way=${way}] [data-metric=stale]`)).replaceAll(',', ''))
}

async function breakOne(page: Page, fault: string, name: string): Promise<void> {
  await press(page, `button[value=${fault}]`)
  await says(page, '#playing', name, FAULT_DEADLINE_MS)
}

describe.each(ENGINES)('the lab in %s', (engine: Engine) => {
  let browser: TestBrowser

  beforeAll(async () => {
    browser = await TestBrowser.start(engine)
  })

  afterAll(async () => {
    expect(browser.faults).toEqual([])
    await browser.close()
  })

  test(
    'a process that is cut off makes the usual ways show stale pages, and this app none',
    async () => {
      const page = await browser.open(url)
      await breakOne(page, 'cut-off', 'cut process A off')
      for (const way of ['expire', 'delete', 'update', 'versions']) {
        const isStale = async () => (await stalePages(page, way)) > 0
        await until(`${way} shows a stale page`, isStale, FAULT_DEADLINE_MS)
      }
      await says(page, '#playing', 'Nothing is broken', FAULT_DEADLINE_MS)
      expect(await stalePages(page, 'none')).toBe(0)
      expect(await stalePages(page, 'app')).toBe(0)
    },
    TEST_DEADLINE_MS,
  )

  test(
    'a stale page of each of those ways can be opened, and shows the line that did it',
    async () => {
      for (const way of ['expire', 'delete', 'update', 'versions']) {
        const page = await browser.open(url)
        await until(`an incident of ${way} opens`, async () => {
          if (await page.$('.sequence')) return true
          await page.click(`[data-way=${way}] .incidents a`) // may miss it, because newer ones move it down meanwhile
          return (await page.waitForSelector('.sequence', { timeout: OPEN_DEADLINE_MS })) !== null
        })
        expect(await textOf(page, 'mark')).toContain('cache.')
        expect(await violations(page)).toEqual([])
        await browser.closeWindows()
      }
    },
    TEST_DEADLINE_MS,
  )

  test.each([
    [1280, 'light'],
    [390, 'dark'],
  ])(
    'can be used by everybody, %i pixels wide and %s',
    async (width, scheme) => {
      const features = engine === 'chrome' ? { 'prefers-color-scheme': scheme } : {}
      const page = await browser.open(url, { width, features })
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    },
    TEST_DEADLINE_MS,
  )
})

test(
  'every switch can be pressed, and this app never shows a stale page',
  async () => {
    const browser = await TestBrowser.start()
    try {
      const page = await browser.open(url)
      const faults = await page.$$eval('.switches button', (buttons) =>
        buttons.map((button) => [button.getAttribute('value') ?? '', button.textContent ?? ''] as const),
      )
      expect(faults).toHaveLength(9)
      for (const [fault, name] of faults) await breakOne(page, fault, name)
      await says(page, '#playing', 'Nothing is broken', FAULT_DEADLINE_MS)
      expect(await stalePages(page, 'app')).toBe(0)
    } finally {
      await browser.close()
    }
  },
  2 * TEST_DEADLINE_MS,
)

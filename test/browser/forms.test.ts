import type { Page } from 'playwright-core'
import { enter, says, shows, TestBrowser, texts } from '../support/browser.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp
let browser: TestBrowser

beforeAll(async () => {
  app = await startTestApp({ PAGE_SIZE: '5' })
  browser = await TestBrowser.start()
})

afterEach(async () => {
  await browser.closeWindows()
  expect(browser.faults).toEqual([])
})

afterAll(async () => {
  await browser.close()
  await app.close()
})

beforeEach(() => app.empty())

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_how, javaScriptEnabled) => {
  const open = (path = '/') => browser.open(app.url + path, { javaScriptEnabled })

  async function addAll(...items: string[]): Promise<void> {
    for (const text of items) await app.add(text)
  }

  test('says that the queue is empty, and takes what is added to it', async () => {
    const page = await open()
    await says(page, '#empty', 'The queue is empty.')
    await enter(page, 'buy milk')
    await shows(page, ['buy milk'])
    await says(page, '#length', '1 item in line')
    expect(await page.locator('#empty').count()).toBe(0)
    expect(await page.inputValue('#text')).toBe('')
  })

  test('shows the items oldest first, and how many they are', async () => {
    await addAll('a', 'b', 'c')
    const page = await open()
    expect(await texts(page)).toEqual(['a', 'b', 'c'])
    await says(page, '#length', '3 items in line')
  })

  test('takes the oldest one off and says which', async () => {
    await addAll('buy milk', 'buy tea')
    const page = await open()
    await page.click('#remove')
    await says(page, '#said', 'Removed: buy milk')
    await shows(page, ['buy tea'])
    await page.click('#remove')
    await says(page, '#said', 'Removed: buy tea')
    await page.click('#remove')
    await says(page, '#said', 'Nothing in line to remove.')
    await says(page, '#length', '0 items in line')
  })

  test('refuses a text that is too long beside the field, and keeps it', async () => {
    const page = await open()
    await enter(page, 'x'.repeat(201))
    await says(page, '#problem', 'Use at most 200 characters; these are 201.')
    expect(await page.inputValue('#text')).toBe('x'.repeat(201))
    expect(await page.getAttribute('#text', 'aria-invalid')).toBe('true')
    await enter(page, 'short')
    await shows(page, ['short'])
    expect(await page.textContent('#problem')).toBe('')
  })

  test('goes down the line page by page, and back to the front', async () => {
    await addAll(...Array.from({ length: 12 }, (_, i) => `item ${i}`))
    const page = await open()
    const seen = await texts(page)
    for (;;) {
      const next = page.locator('a[rel=next]')
      if ((await next.count()) === 0) break
      await next.click()
      await page.waitForLoadState()
      seen.push(...(await texts(page)))
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `item ${i}`))
    await page.getByRole('link', { name: 'Back to the front' }).last().click()
    await shows(page, ['item 0', 'item 1', 'item 2', 'item 3', 'item 4'])
  })

  test.each([
    '<script>document.title = "owned"</script>',
    '"><img src=x onerror="document.title = \'owned\'">',
    '</li></ol><h1>mine</h1>',
    '&lt;b&gt; &amp;',
    '\u{1f355}'.repeat(200),
    'مرحبا بالعالم',
    '\u202Eevil\u202C',
    'W'.repeat(200),
    "{{constructor.constructor('x')()}} <%= 1 %>",
  ])('shows %s as text', async (hostile) => {
    const page = await open()
    await enter(page, hostile)
    await shows(page, [hostile])
    expect(await page.locator('#queue li *').count()).toBe(0)
    await page.reload()
    expect(await texts(page)).toEqual([hostile])
    await page.click('#remove')
    await says(page, '#said', `Removed: ${hostile}`)
    expect(await page.title()).toBe('Next, please')
    expect(await overflow(page)).toBe(0)
  })
})

test('without JavaScript what was taken off is said once, to the one who took it', async () => {
  await app.add('buy milk')
  const [page, other] = await Promise.all([
    browser.open(app.url, { javaScriptEnabled: false }),
    browser.open(app.url, { javaScriptEnabled: false }),
  ])
  await page.click('#remove')
  await says(page, '#said', 'Removed: buy milk')
  await other.reload()
  expect(await other.textContent('#said')).toBe('')
  await page.reload()
  expect(await page.textContent('#said')).toBe('')
})

test('a failure that JavaScript would show beside the field is a page without it, with what was typed', async () => {
  const page = await browser.open(app.url, { javaScriptEnabled: false })
  await page.route('**/add', (route) => route.continue({ headers: { 'content-type': 'text/plain' } }))
  await enter(page, 'mine')
  await says(page, 'h1', 'Not that kind of content')
  await page.goBack()
  await says(page, 'h1', 'Next, please')
})

/** By how much the page is wider than its window. */
async function overflow(page: Page): Promise<number> {
  return await page
    .locator('html')
    .evaluate((html) => Math.max(0, html.scrollWidth - html.clientWidth))
    .catch(() => 0)
}

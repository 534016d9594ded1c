import type { Page } from 'playwright-core'
import { enter, says, shows, TestBrowser, texts } from '../support/browser.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp
let browser: TestBrowser
let page: Page

beforeAll(async () => {
  app = await startTestApp({ PAGE_SIZE: '5' })
  browser = await TestBrowser.start()
})

beforeEach(async () => {
  await app.empty()
  await app.add('first')
  page = await browser.open(app.url)
  // Gone as soon as the page is loaded again.
  await page.evaluate('window.stillHere = true')
})

afterEach(async () => {
  await browser.closeWindows()
  expect(browser.faults).toEqual([])
})

afterAll(async () => {
  await browser.close()
  await app.close()
})

async function isSamePage(): Promise<boolean> {
  return await page.evaluate('window.stillHere === true')
}

async function focused(): Promise<string> {
  return await page.evaluate('document.activeElement.id')
}

test('adds and removes in place, and the focus stays in the field', async () => {
  await enter(page, 'second')
  await shows(page, ['first', 'second'])
  expect(await page.inputValue('#text')).toBe('')
  expect(await focused()).toBe('text')
  await says(page, '#said', 'Added as number 2 in line.')
  await page.fill('#text', 'third')
  await page.click('#add')
  await shows(page, ['first', 'second', 'third'])
  expect(await focused()).toBe('text')
  await page.click('#remove')
  await shows(page, ['second', 'third'])
  await says(page, '#said', 'Removed: first')
  expect(await isSamePage()).toBe(true)
})

test('the new item is there before the page is asked for again', async () => {
  await page.route(
    (url) => url.pathname === '/',
    () => {},
  ) // never answered
  await enter(page, 'second')
  await shows(page, ['first', 'second'])
  await says(page, '#length', '2 items in line')
  await page.click('#remove')
  await shows(page, ['second'])
  await says(page, '#length', '1 item in line')
})

test('an item behind the end of the page is said to be there, with a link to it', async () => {
  for (let i = 2; i <= 6; i++) await app.add(`item ${i}`)
  await says(page, '#length', '6 items in line')
  await enter(page, 'far away')
  await says(page, '#said', 'Added as number 7 in line.')
  expect(await texts(page)).toHaveLength(5)
  await page.click('#said a')
  await shows(page, ['far away'])
  expect(new URL(page.url()).hash).toBe(`#${await page.getAttribute('#queue li', 'id')}`)
})

test('the link to an item that is on the page loads no other', async () => {
  await enter(page, 'second')
  await page.click('#said a')
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/')
  expect(new URL(page.url()).hash).toMatch(/^#item-\d+$/)
  expect(await isSamePage()).toBe(true)
})

test('a double click adds once, and takes off once', async () => {
  await page.fill('#text', 'only once')
  await page.dblclick('#add')
  await shows(page, ['first', 'only once'])
  await app.add('third')
  await page.dblclick('#remove')
  await shows(page, ['only once', 'third'])
  await page.waitForTimeout(300)
  expect((await app.queue()).items.map((item) => item.text)).toEqual(['only once', 'third'])
})

test('what is typed while an add is under way is not lost', async () => {
  let answer = () => {}
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/add', async (route) => {
    await mayAnswer
    await route.continue()
  })
  await enter(page, 'second')
  await page.fill('#text', 'the next one')
  answer()
  await shows(page, ['first', 'second'])
  expect(await page.inputValue('#text')).toBe('the next one')
})

describe('a failure shows beside the field, and what was typed stays:', () => {
  afterEach(async () => {
    expect(await page.inputValue('#text')).toBe('mine')
    expect(await focused()).toBe('text')
    expect(await isSamePage()).toBe(true)
  })

  test('offline', async () => {
    await page.context().setOffline(true)
    await enter(page, 'mine')
    await says(page, '#problem', 'You are offline')
    await says(page, '#lost', 'The connection is lost')
    await page.context().setOffline(false)
  })

  test('the connection breaks', async () => {
    await page.route('**/add', (route) => route.abort('connectionreset'))
    await enter(page, 'mine')
    await says(page, '#problem', 'No answer came.')
  })

  test.each([429, 500, 503])('%i in the words of the app', async (status) => {
    const body = '<p id="problem" role="alert">Wait a moment.</p>'
    await page.route('**/add', (route) => route.fulfill({ status, contentType: 'text/html', body }))
    await enter(page, 'mine')
    await says(page, '#problem', 'Wait a moment.')
  })

  test.each([429, 502, 503])('%i from something in between', async (status) => {
    await page.route('**/add', (route) => route.fulfill({ status, body: '<h1>Application error</h1>' }))
    await enter(page, 'mine')
    await says(page, '#problem', `That did not work (${status}).`)
  })

  test('an answer that is none of ours', async () => {
    await page.route('**/add', (route) =>
      route.fulfill({ status: 200, body: '<h1>Sign in to the Wi-Fi</h1>' }),
    )
    await enter(page, 'mine')
    await says(page, '#problem', 'That did not work (200).')
  })
})

test('a remove that failed says so beside its button', async () => {
  await page.route('**/remove', (route) => route.fulfill({ status: 503, body: '' }))
  await page.click('#remove')
  await says(page, 'form[action="/remove"] [role=alert]', 'That did not work (503).')
  expect(await texts(page)).toEqual(['first'])
})

test('the foot says where the page came from and how long that took, after each change too', async () => {
  await says(page, '#origin', 'This page: from ')
  await app.add('second')
  await shows(page, ['first', 'second'])
  expect(await page.textContent('#origin')).toMatch(/^This page: from memcache, [\d.]+ ms$/)
})

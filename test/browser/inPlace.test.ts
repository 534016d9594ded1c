import {
  attribute,
  centre,
  ENGINES,
  enter,
  fill,
  focused,
  intercept,
  type Page,
  press,
  says,
  shows,
  TestBrowser,
  textOf,
  texts,
  typed,
} from '../support/browser.js'
import { until } from '../support/poll.js'
import { startTestApp, type TestApp } from '../support/testApp.js'

let app: TestApp
let browser: TestBrowser
let page: Page

beforeAll(async () => {
  app = await startTestApp({ PAGE_SIZE: '5' })
})

afterAll(() => app.close())

describe.each(ENGINES)('in %s:', (engine) => {
  beforeAll(async () => {
    browser = await TestBrowser.start(engine)
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

  afterAll(() => browser.close())

  async function isSamePage(): Promise<boolean> {
    return (await page.evaluate('window.stillHere === true')) === true
  }

  /** What the queue has, whatever the page shows. */
  async function inLine(): Promise<string[]> {
    return (await app.queue()).items.map((item) => item.text)
  }

  test('adds and removes in place, and the focus stays in the field', async () => {
    await enter(page, 'second')
    await shows(page, ['first', 'second'])
    expect(await typed(page)).toBe('')
    expect(await focused(page)).toBe('text')
    await says(page, '#said', 'Added as number 2 in line.')
    await fill(page, 'third')
    await press(page, '#add')
    await shows(page, ['first', 'second', 'third'])
    expect(await focused(page)).toBe('text')
    await press(page, '#remove')
    await shows(page, ['second', 'third'])
    await says(page, '#said', 'Removed: first')
    expect(await page.title()).toBe('(2) Next, please')
    expect(await isSamePage()).toBe(true)
  })

  test('an item behind the end of the page is said to be there, with a link to it', async () => {
    for (let i = 2; i <= 6; i++) await app.add(`item ${i}`)
    await says(page, '#length', '6 items in line')
    await enter(page, 'far away')
    await says(page, '#said', 'Added as number 7 in line.')
    expect(await texts(page)).toHaveLength(5)
    await Promise.all([page.waitForNavigation(), page.click('#said a')])
    await shows(page, ['far away'])
    expect(new URL(page.url()).hash).toBe(`#${await attribute(page, '#queue li', 'id')}`)
  })

  test('the link to an item that is on the page loads no other', async () => {
    await enter(page, 'second')
    await says(page, '#said', 'Added as number 2')
    await page.click('#said a')
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/')
    expect(new URL(page.url()).hash).toMatch(/^#item-\d+$/)
    expect(await isSamePage()).toBe(true)
  })

  test.each([0, 60, 150])('a double click with %i ms in it adds once, and takes off once', async (gapMs) => {
    await app.add('second')
    await app.add('third')
    await shows(page, ['first', 'second', 'third'])
    await doubleClick('#remove', gapMs)
    await says(page, '#said', 'Removed: first')
    await fill(page, 'only once')
    await doubleClick('#add', gapMs)
    await says(page, '#said', 'Added as')
    await shows(page, ['second', 'third', 'only once'])
    expect(await inLine()).toEqual(['second', 'third', 'only once'])
    expect(await textOf(page, '#problem')).toBe('')
  })

  async function doubleClick(selector: string, gapMs: number): Promise<void> {
    const { x, y } = await centre(page, selector)
    await page.mouse.click(x, y)
    await new Promise((resolve) => setTimeout(resolve, gapMs))
    await page.mouse.click(x, y)
  }

  test('a key that is held down on the button takes one item off', async () => {
    await app.add('second')
    await shows(page, ['first', 'second'])
    await page.focus('#remove')
    for (let i = 0; i < 5; i++) await page.keyboard.press('Enter')
    await says(page, '#said', 'Removed: first')
    await shows(page, ['second'])
    expect(await focused(page)).toBe('remove')
  })

  test('nothing moves under the finger when a long item was removed', async () => {
    await page.setViewport({ width: 390, height: 800 })
    await app.add('x'.repeat(200))
    await press(page, '#remove')
    await says(page, '#said', 'Removed: first')
    const before = await centre(page, '#remove')
    await press(page, '#remove')
    await says(page, '#said', 'Removed: xxx')
    expect(await centre(page, '#remove')).toEqual(before)
  })

  test('texts typed one after the other on a slow line are added in that order, and the field is free at once', async () => {
    const answers: (() => void)[] = []
    await intercept(page, '/add', async (request) => {
      await new Promise<void>((resolve) => answers.push(resolve))
      await request.continue()
    })
    await enter(page, 'alpha')
    expect(await typed(page)).toBe('')
    await enter(page, 'beta')
    await fill(page, 'gamma')
    expect(await page.$$eval('#pending li', (items) => items.map((item) => item.textContent))).toEqual([
      'alpha',
      'beta',
    ])
    expect(answers).toHaveLength(1)
    answers[0]?.()
    await shows(page, ['first', 'alpha'])
    await until('the next is sent', () => answers.length === 2)
    answers[1]?.()
    await shows(page, ['first', 'alpha', 'beta'])
    expect(await page.$$('#pending li')).toEqual([])
    expect(await typed(page)).toBe('gamma')
  })

  test('a write without an answer is sent again with the same key', async () => {
    const keys: (string | undefined)[] = []
    await intercept(page, '/add', async (request) => {
      keys.push(request.headers()['idempotency-key'])
      await (keys.length === 1 ? request.abort() : request.continue())
    })
    await enter(page, 'mine')
    await says(page, '#said', '“mine”: No answer yet. Trying again…')
    await shows(page, ['first', 'mine'])
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]])
    await enter(page, 'another')
    await shows(page, ['first', 'mine', 'another'])
    expect(keys).toHaveLength(3)
    expect(keys[2]).not.toBe(keys[0])
  })

  test('a remove without an answer is sent again with the same key, and says so beside its button', async () => {
    const keys: (string | undefined)[] = []
    await intercept(page, '/remove', async (request) => {
      keys.push(request.headers()['idempotency-key'])
      await (keys.length === 1 ? request.abort() : request.continue())
    })
    await press(page, '#remove')
    await says(page, '#remove-problem', 'No answer yet. Trying again…')
    await says(page, '#said', 'Removed: first')
    expect(await textOf(page, '#remove-problem')).toBe('')
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]])
  })

  test('an answer of a gateway that did not reach the app does not count', async () => {
    let times = 0
    await intercept(page, '/add', (request) =>
      ++times === 1 ? request.respond({ status: 502, body: '<h1>Bad gateway</h1>' }) : request.continue(),
    )
    await enter(page, 'mine')
    await shows(page, ['first', 'mine'])
    expect(times).toBe(2)
  })

  describe('a refused text comes back into the field, with the reason beside it:', () => {
    afterEach(async () => {
      expect(await typed(page)).toBe('mine')
      expect(await focused(page)).toBe('text')
      expect(await page.$$('#pending li')).toEqual([])
      expect(await isSamePage()).toBe(true)
    })

    test.each([422, 429, 500, 503])('%i in the words of the app', async (status) => {
      const body = '<p id="problem" role="alert">Wait a moment.</p>'
      await intercept(page, '/add', (request) => request.respond({ status, contentType: 'text/html', body }))
      await enter(page, 'mine')
      await says(page, '#problem', 'Wait a moment.')
    })

    test('429 from something in between', async () => {
      await intercept(page, '/add', (request) => request.respond({ status: 429, body: '<h1>Error</h1>' }))
      await enter(page, 'mine')
      await says(page, '#problem', 'That did not work (429).')
    })

    test('an answer that the app did not make', async () => {
      const body = '<h1>Sign in to the Wi-Fi</h1>'
      await intercept(page, '/add', (request) => request.respond({ status: 200, body }))
      await enter(page, 'mine')
      await says(page, '#problem', 'That did not work (200).')
    })
  })

  test('a problem goes as soon as the text is mended', async () => {
    await enter(page, 'x'.repeat(201))
    await says(page, '#problem', 'Use at most 200 characters')
    await page.keyboard.press('Backspace')
    expect(await textOf(page, '#problem')).toBe('')
    expect(await attribute(page, '#text', 'aria-invalid')).toBeNull()
  })

  test('a text that is refused while another one is typed waits in its ticket until it is edited', async () => {
    const refusals: (() => void)[] = []
    await intercept(page, '/add', async (request) => {
      await new Promise<void>((resolve) => refusals.push(resolve))
      const body = '<p id="problem" role="alert">Not this one.</p>'
      await request.respond({ status: 422, contentType: 'text/html', body })
    })
    await enter(page, 'mine')
    await until('it is sent', () => refusals.length === 1)
    await fill(page, 'another')
    refusals[0]?.()
    await says(page, '#problem', 'Not added: “mine”. Not this one.')
    expect(await typed(page)).toBe('another')
    await page.click('#pending button')
    expect(await typed(page)).toBe('mine')
    await says(page, '#pending li', 'another')
    await fill(page, '')
    await page.click('#pending button')
    expect(await typed(page)).toBe('another')
    expect(await page.$$('#pending li')).toEqual([])
  })

  test('a remove that was refused says so beside its button, and does not change the message about the field', async () => {
    await fill(page, 'half a sent')
    await intercept(page, '/remove', (request) => request.respond({ status: 500, body: '' }))
    await press(page, '#remove')
    await says(page, '#remove-problem', 'That did not work (500).')
    expect(await textOf(page, '#problem')).toBe('')
    expect(await typed(page)).toBe('half a sent')
    expect(await texts(page)).toEqual(['first'])
  })

  test.each([
    ['is sent in place', '/remove', '#said', 'Removed: first'],
    ['says beside the field what went wrong', '/none', '#problem', 'There is nothing at this address.'],
  ])('a form that the script was not made for %s', async (_what, address, place, said) => {
    const form = `<form id="other" method="post" action="${address}"><button>Other</button></form>`
    await page.$eval('main', (main, html) => main.insertAdjacentHTML('beforeend', html), form)
    await fill(page, 'half a sent')
    await press(page, '#other button')
    await says(page, place, said)
    expect(await typed(page)).toBe('half a sent')
    expect(await attribute(page, '#text', 'aria-invalid')).toBeNull()
    expect(await isSamePage()).toBe(true)
  })

  test('the live regions of assistive technology are on the page before there is anything to announce', async () => {
    for (const id of ['notice', 'lost', 'release', 'problem', 'said', 'news', 'remove-problem']) {
      const element = `getComputedStyle(document.getElementById('${id}'))`
      expect([id, await page.evaluate(`${element}.display`)]).toEqual([id, expect.not.stringMatching('none')])
    }
  })

  test('the footer says where the page came from and how long that took, after each change too', async () => {
    await says(page, '#origin', 'This page: from ')
    await app.add('second')
    await shows(page, ['first', 'second'])
    await until('the foot follows', async () =>
      /^This page: from memcache, [\d.]+ ms$/.test(await textOf(page, '#origin')),
    )
  })
})

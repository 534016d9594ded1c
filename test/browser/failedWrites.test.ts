import {
  attribute,
  ENGINES,
  enter,
  fill,
  focused,
  intercept,
  listenTo,
  press,
  says,
  shows,
  textOf,
  texts,
  typed,
} from '../support/browser.js'
import { until } from '../support/poll.js'
import { app } from '../support/useApp.js'
import { isSamePage, page, usePage } from './usePage.js'

const RIGHT_TO_LEFT = 'שלום (1)!'

/** Loses the first writes to this address. @returns the keys of all that the page sends there, from now on */
async function loseFirst(address: string, count = 1): Promise<(string | undefined)[]> {
  const keys: (string | undefined)[] = []
  await intercept(page, address, async (request) => {
    keys.push(request.headers()['idempotency-key'])
    await (keys.length <= count ? request.abort() : request.continue())
  })
  return keys
}

describe.each(ENGINES)('in %s:', (engine) => {
  usePage(engine)

  test('a write without an answer is sent again with the same key', async () => {
    const keys = await loseFirst('/add')
    await enter(page, 'mine')
    await says(page, '#said', '“mine”: No answer yet. Trying again…')
    await shows(page, ['first', 'mine'])
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]])
    await enter(page, 'another')
    await shows(page, ['first', 'mine', 'another'])
    expect(keys).toHaveLength(3)
    expect(keys[2]).not.toBe(keys[0])
  })

  test.each([
    ['/add', '#text', '#said', '“mine”: No answer yet. Trying again…', true],
    ['/remove', '#remove', '#remove-problem', 'You are offline. Trying again…', false],
  ])('says only once that %s is sent again', async (address, focus, place, said, onLine) => {
    await page.evaluate(`Object.defineProperty(navigator, 'onLine', { get: () => ${onLine} })`)
    const keys = await loseFirst(address, 2)
    await fill(page, 'mine')
    const heard = await listenTo(page, place)
    await page.focus(focus)
    await page.keyboard.press('Enter')
    await shows(page, address === '/add' ? ['first', 'mine'] : [])
    expect(keys).toHaveLength(3)
    expect((await heard()).filter((text) => text === said)).toEqual([said])
  })

  test('the browser asks before it leaves a page with writes that are not answered, and not afterwards', async () => {
    const answers: (() => Promise<void>)[] = []
    await intercept(page, '/add', (request) => void answers.push(() => request.continue()))
    const asked: string[] = []
    page.on('dialog', (dialog) => {
      asked.push(dialog.type())
      void dialog.dismiss()
    })
    const leave = () => page.evaluate(`void setTimeout(() => { location.href = '/nope' })`)
    await enter(page, 'mine')
    await until('it is sent', () => answers.length === 1)
    await leave()
    await until('the browser has asked', () => asked.length === 1)
    await answers[0]?.()
    await shows(page, ['first', 'mine'])
    await leave()
    await until('the page is left', async () => (await page.$$('#queue')).length === 0)
    expect(asked).toEqual(['beforeunload'])
  })

  test('a remove without an answer is sent again with the same key, and says so beside its button', async () => {
    const keys = await loseFirst('/remove')
    await press(page, '#remove')
    await says(page, '#remove-problem', 'No answer yet. Trying again…')
    await says(page, '#said', 'Removed: first')
    expect(await textOf(page, '#remove-problem')).toBe('')
    expect(keys).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), keys[0]])
  })

  test.each([500, 502])(
    'a %i of something in between is no answer: the write is sent again',
    async (status) => {
      let times = 0
      await intercept(page, '/add', (request) =>
        ++times === 1 ? request.respond({ status, body: '<h1>Bad gateway</h1>' }) : request.continue(),
      )
      await enter(page, 'mine')
      await shows(page, ['first', 'mine'])
      expect(times).toBe(2)
    },
  )

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

    test('no answer until the server has forgotten the key', async () => {
      await intercept(page, '/add', async (request) => {
        await page.evaluate('{ const laterMs = Date.now() + 51 * 60_000; Date.now = () => laterMs }')
        await request.abort()
      })
      await enter(page, 'mine')
      await says(page, '#problem', 'Check the line before you try again: it may have worked.')
    })

    test('429 from something in between', async () => {
      await intercept(page, '/add', (request) => request.respond({ status: 429, body: '<h1>Error</h1>' }))
      await enter(page, 'mine')
      await says(page, '#problem', 'That did not work (429).')
    })

    test.each([
      ['a page', { status: 200, body: '<h1>Sign in to the Wi-Fi</h1>' }],
      ['a redirect to our own page, which looks like an answer', { status: 302, headers: { Location: '/' } }],
      ['a redirect to another site', { status: 302, headers: { Location: 'http://127.0.0.2:9/sign-in' } }],
      ['511', { status: 511, body: '<h1>Sign in</h1>' }],
    ])('%s of a network that wants its visitors to sign in', async (_what, answer) => {
      await intercept(page, '/add', (request) => request.respond(answer))
      await enter(page, 'mine')
      await says(page, '#problem', 'You may have to sign in to your network')
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

  test('a refused text from right to left does not turn the words around it', async () => {
    let times = 0
    await intercept(page, '/add', async (request) => {
      if (++times === 1) return await request.abort()
      const isTyping = async () => (await typed(page)) === 'another'
      await until('another text is typed', isTyping)
      await request.respond({ status: 422, contentType: 'text/html', body: '<p id="problem">Not this.</p>' })
    })
    await enter(page, RIGHT_TO_LEFT)
    await says(page, '#said', `“${RIGHT_TO_LEFT}”: No answer yet.`)
    expect(await textOf(page, '#said bdi')).toBe(RIGHT_TO_LEFT)
    await fill(page, 'another')
    await says(page, '#problem', `Not added: “${RIGHT_TO_LEFT}”. Not this.`)
    expect(await textOf(page, '#problem bdi')).toBe(RIGHT_TO_LEFT)
    const directions = await page.$$eval('#pending li > *', (parts) =>
      parts.map((part) => [part.textContent, part.matches(':dir(rtl)')]),
    )
    expect(directions).toEqual([
      [RIGHT_TO_LEFT, true],
      ['Not this.', false],
      ['Edit', false],
    ])
  })

  test('the page of a form that was refused before the script came is like the front page after the next add', async () => {
    const submit = `document.getElementById('text').value = ${JSON.stringify('x'.repeat(201))}
      document.querySelector('form.add').submit()`
    await Promise.all([page.waitForNavigation(), page.evaluate(submit)])
    await says(page, '#problem', 'Use at most 200 characters')
    expect(await page.title()).toBe('(1) Not added: Next, please')
    await enter(page, 'mine')
    await shows(page, ['first', 'mine'])
    expect(await page.title()).toBe('(2) Next, please')
    await page.reload()
    expect(page.url()).toBe(`${app.url}/`)
    await shows(page, ['first', 'mine'])
    expect(await textOf(page, '#problem')).toBe('')
  })

  test('a remove that was refused says so beside its button, and does not change the message about the field', async () => {
    await fill(page, 'half a sent')
    await intercept(page, '/remove', (request) => request.respond({ status: 403, body: '' }))
    await press(page, '#remove')
    await says(page, '#remove-problem', 'That did not work (403).')
    expect(await textOf(page, '#problem')).toBe('')
    expect(await typed(page)).toBe('half a sent')
    expect(await texts(page)).toEqual(['first'])
  })
})

import {
  attribute,
  centre,
  ENGINES,
  enter,
  fill,
  focused,
  intercept,
  press,
  says,
  shows,
  textOf,
  texts,
  typed,
} from '../support/browser.js'
import { until } from '../support/poll.js'
import { app } from '../support/useApp.js'
import { inLine, isSamePage, page, usePage } from './usePage.js'

/** After how long a key that is held down repeats, on most systems at most. */
const SLOW_REPEAT_MS = 700

describe.each(ENGINES)('in %s:', (engine) => {
  usePage(engine)

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
    await page.setViewport({ width: 390, height: 500 })
    await enter(page, 'second')
    await says(page, '#said', 'Added as number 2')
    for (const _time of ['once', 'again']) {
      await page.evaluate('scrollTo(0, 0)')
      await page.click('#said a')
      expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/')
      expect(new URL(page.url()).hash).toMatch(/^#item-\d+$/)
      expect(await page.evaluate('scrollY')).toBeGreaterThan(0)
    }
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
    // For the page no more time passes between the two, however busy the machine is.
    const stopClock = (laterMs: number) =>
      page.evaluate(`{ const nowMs = performance.now() + ${laterMs}; performance.now = () => nowMs }`)
    await stopClock(0)
    await page.mouse.click(x, y)
    await new Promise((resolve) => setTimeout(resolve, gapMs))
    await stopClock(gapMs)
    await page.mouse.click(x, y)
    await page.evaluate('delete performance.now')
  }

  test.each(['#remove', '#text'])('a key that is held down on %s acts once', async (selector) => {
    await app.add('second')
    await shows(page, ['first', 'second'])
    await page.evaluate(`addEventListener('invalid', () => { window.hasComplained = true }, true)`)
    await fill(page, 'third')
    await page.focus(selector)
    for (const pauseMs of [SLOW_REPEAT_MS, 30, 30, 0]) {
      await page.keyboard.down('Enter')
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
    await page.keyboard.up('Enter')
    await page.focus(selector)
    const acted = selector === '#text' ? ['first', 'second', 'third'] : ['second']
    await shows(page, acted)
    await press(page, '#remove') // answered after all that was sent before
    await shows(page, acted.slice(1))
    expect(await inLine()).toEqual(acted.slice(1))
    expect(await page.evaluate('window.hasComplained')).toBeUndefined()
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

  test('the button stays under the finger when a remove is refused, and however long the number of items is', async () => {
    await page.setViewport({ width: 360, height: 800 })
    const before = await centre(page, '#remove')
    await intercept(page, '/remove', (request) => request.respond({ status: 403, body: '' }))
    await press(page, '#remove')
    await says(page, '#remove-problem', 'That did not work (403).')
    expect(await centre(page, '#remove')).toEqual(before)
    await page.$eval('#length', (length) => {
      length.textContent = '1,000,000 items in line'
    })
    expect(await centre(page, '#remove')).toEqual(before)
  })

  test('what stands below the line moves when a text is sent, and not again when it is answered', async () => {
    const before = await centre(page, '#tail')
    let answer = () => {}
    await intercept(page, '/add', (request) => {
      answer = () => void request.continue()
    })
    await enter(page, 'second')
    const sent = await centre(page, '#tail')
    expect(sent.y).toBeGreaterThan(before.y)
    answer()
    await shows(page, ['first', 'second'])
    expect(await page.$$('#pending li')).toEqual([])
    expect(await centre(page, '#tail')).toEqual(sent)
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

  test('an empty field is not sent: the browser says that it should be filled', async () => {
    await page.evaluate(`addEventListener('invalid', () => { window.hasComplained = true }, true)`)
    await press(page, '#add')
    expect(await page.evaluate('window.hasComplained')).toBe(true)
    expect(await page.$$('#pending li')).toEqual([])
  })

  test('if the page can’t be loaded again, it says why, until it can', async () => {
    let isRefused = true
    const body = '<p id="problem">The queue can’t be reached right now.</p>'
    await intercept(page, '/', (request) =>
      isRefused ? request.respond({ status: 503, contentType: 'text/html', body }) : request.continue(),
    )
    await app.add('second')
    await says(page, '#notice', 'The queue can’t be reached right now.')
    isRefused = false
    await shows(page, ['first', 'second'])
    expect(await textOf(page, '#notice')).toBe('')
  })

  test('an answer that is cut off on its way takes nothing from the screen', async () => {
    let isCut = false
    await intercept(page, '/', async (request) => {
      if (isCut) return await request.continue()
      isCut = true
      const html = await app.html()
      await request.respond({ contentType: 'text/html', body: html.slice(0, html.indexOf('<li id=')) })
    })
    const lengths = page.evaluate(`new Promise((resolve) => {
      const queue = document.getElementById('queue')
      const seen = []
      new MutationObserver(() => {
        seen.push(queue.children.length)
        if (queue.children.length === 2) resolve(seen)
      }).observe(queue, { childList: true })
    })`)
    await app.add('second')
    expect(await lengths).toEqual([2])
    expect(isCut).toBe(true)
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
